"""The order routes: the filters of the document, the oddities of live accounts, and a budget of their own."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import count, pairwise
from typing import Any

import httpx
import pytest

from magflow_pipeline.simulator.bucharest import a_month_later, read, text
from magflow_pipeline.simulator.catalogue import Catalogue
from magflow_pipeline.simulator.limits import ORDER_WINDOWS, RateLimit
from magflow_pipeline.simulator.orders import PERSON, PHONE
from magflow_pipeline.simulator.running import Simulator, running
from magflow_pipeline.simulator.server import PASSWORD
from magflow_pipeline_tests.simulator.conftest import OPENED

READ = "/order/read"
COUNT = "/order/count"
PRODUCTS = "/product_offer/read"
DAY = timedelta(days=1)


def written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def rows(client: httpx.Client, **filters: Any) -> list[Any]:
    """All pages of a read."""
    found: list[Any] = []
    for page in count(1):
        answer = client.post(READ, json={**filters, "currentPage": page}).json()
        assert answer["isError"] is False, answer
        found += answer["results"]
        if len(answer["results"]) < 100:
            return found
    raise AssertionError


def ids(client: httpx.Client, **filters: Any) -> list[int]:
    return [int(row["id"]) for row in rows(client, **filters)]


def refusal(client: httpx.Client, route: str, **filters: Any) -> str:
    answer = client.post(route, json=filters)
    assert (answer.status_code, answer.json()["isError"], answer.json()["results"]) == (200, True, [])
    return answer.json()["messages"][0]


@pytest.fixture
def month(simulator: Simulator) -> dict[str, str]:
    """The last 28 days, up to the standing clock."""
    now = simulator.now()
    return {"createdAfter": written(now - 28 * DAY), "createdBefore": written(now)}


def test_a_month_of_orders_comes_in_pages_by_id(main: httpx.Client, month: dict[str, str]) -> None:
    found = ids(main, **month)
    assert len(found) > 100
    assert found == sorted(set(found))
    assert all(number > 2**31 for number in found)
    answer = main.post(COUNT, json=month).json()["results"]
    assert answer == {"noOfItems": str(len(found)), "noOfPages": str(-(-len(found) // 100)), "itemsPerPage": "100"}


def test_only_what_the_seller_ships_comes_unless_the_type_is_asked_for(
    simulator: Simulator, main: httpx.Client, month: dict[str, str]
) -> None:
    """Trap 39: who does not ask for type 2 never sees it."""
    by_type = {kind: ids(main, type=kind, **month) for kind in (2, 3)}
    assert all(by_type.values())
    assert ids(main, **month) == by_type[3]
    simulator.switch("main", default_order_type="all")
    assert ids(main, **month) == sorted(by_type[2] + by_type[3])


def test_what_emag_ships_is_of_type_2(simulator: Simulator, month: dict[str, str]) -> None:
    with httpx.Client(base_url=simulator.url, auth=("fbe", PASSWORD)) as fbe:
        assert len(ids(fbe, type=2, **month)) > 10 * len(ids(fbe, type=3, **month)) > 0


def test_times_are_those_of_bucharests_clocks_without_a_zone(main: httpx.Client, month: dict[str, str]) -> None:
    for row in rows(main, **month):
        assert month["createdAfter"] <= row["date"] <= month["createdBefore"]
        assert row["modified"] is None or row["date"] < row["modified"] <= month["createdBefore"]
        assert text(read(row["date"])) == row["date"]


def test_both_ends_belong_to_a_window(main: httpx.Client, month: dict[str, str]) -> None:
    some = rows(main, **month)[7]
    assert int(some["id"]) in ids(main, createdAfter=some["date"], createdBefore=some["date"])
    later = text(read(some["date"]) + 1)
    assert int(some["id"]) not in ids(main, createdAfter=later, createdBefore=later)


def test_a_fresh_order_was_never_modified_and_escapes_a_read_by_change(small_catalogue: Catalogue) -> None:
    """Trap 41."""
    with (
        running(small_catalogue, opened=OPENED, days=5) as simulator,
        httpx.Client(base_url=simulator.url, auth=("main", PASSWORD)) as main,
    ):
        since = written(OPENED - 2 * DAY)
        fresh = {int(row["id"]) for row in rows(main, createdAfter=since) if row["modified"] is None}
        assert fresh
        assert fresh.isdisjoint(ids(main, modifiedAfter=since))
        simulator.move_clock(OPENED + 2 * DAY)
        assert fresh <= set(ids(main, modifiedAfter=since))


def test_an_end_needs_its_beginning_and_a_count_needs_both(main: httpx.Client, month: dict[str, str]) -> None:
    """Trap 40."""
    for axis in ("created", "modified"):
        after, before = {f"{axis}After": month["createdAfter"]}, {f"{axis}Before": month["createdBefore"]}
        assert refusal(main, READ, **before) == f"The filter {axis}Before must be used together with {axis}After."
        assert refusal(main, COUNT, **before) == f"The filter {axis}Before must be used together with {axis}After."
        assert refusal(main, COUNT, **after) == f"The filter {axis}After must be used together with {axis}Before."
        assert ids(main, **after)


@pytest.mark.parametrize(
    ("start", "longest"),
    [("2026-01-31 10:00:00", "2026-02-28 10:00:00"), ("2025-12-05 00:00:00", "2026-01-05 00:00:00")],
)
def test_a_window_is_at_most_a_month(main: httpx.Client, start: str, longest: str) -> None:
    """Trap 40."""
    ids(main, createdAfter=start, createdBefore=longest)
    too_long = text(read(longest) + 1)
    assert "longer than 1 month" in refusal(main, READ, createdAfter=start, createdBefore=too_long)
    assert a_month_later(read(start)) == read(longest)


@pytest.mark.parametrize("value", ["2026-11-25", "2026-11-25T10:00:00", "2026-13-01 00:00:00", "yesterday"])
def test_a_time_in_another_format_is_refused(main: httpx.Client, value: str) -> None:
    assert "Invalid date format" in refusal(main, READ, createdAfter=value)


@pytest.mark.parametrize("filters", [{"createdAfter": 7}, {"type": {"eq": 2}}, {"status": [[1]]}, {"id": "x"}])
def test_a_value_of_the_wrong_shape_looks_like_a_server_error(main: httpx.Client, filters: dict[str, Any]) -> None:
    assert main.post(READ, json=filters).status_code == 500


def test_a_page_beyond_65535_is_refused(main: httpx.Client) -> None:
    assert main.post(READ, json={"currentPage": 65_535}).json()["results"] == []
    assert "65535" in refusal(main, READ, currentPage=65_536)


def test_one_id_or_a_list_of_them_can_be_asked_for(main: httpx.Client, month: dict[str, str]) -> None:
    found = ids(main, **month)
    assert ids(main, id=found[3]) == ids(main, id=str(found[3])) == [found[3]]
    assert ids(main, id=[found[5], found[3]]) == [found[3], found[5]]


@pytest.mark.parametrize(("name", "value", "more"), [("status", 0, 4), ("payment_mode_id", 1, 3)])
def test_one_value_or_a_list_of_them_can_be_asked_for(
    main: httpx.Client, month: dict[str, str], name: str, value: int, more: int
) -> None:
    every = rows(main, **month)
    one = [int(row["id"]) for row in every if int(row[name]) == value]
    two = [int(row["id"]) for row in every if int(row[name]) in {value, more}]
    assert 0 < len(one) < len(two)
    assert ids(main, **month, **{name: value}) == one
    assert ids(main, **month, **{name: [value, str(more)]}) == two


def test_filters_inside_data_and_unknown_ones_are_ignored(main: httpx.Client, month: dict[str, str]) -> None:
    found = ids(main, **month)
    assert ids(main, **month, data={"type": 2}, modified_after="2026-11-01 00:00:00") == found


def test_filters_can_be_ignored(simulator: Simulator, main: httpx.Client, month: dict[str, str]) -> None:
    simulator.switch("main", ignore_filters=["createdAfter", "createdBefore"])
    assert main.post(COUNT, json=month).json()["results"] == main.post(COUNT).json()["results"]
    simulator.switch("main", ignore_filters=True)
    everything = int(main.post(COUNT, json={**month, "type": 2}).json()["results"]["noOfItems"])
    assert everything == len(simulator.orders("main"))


def test_the_oddities_of_live_orders_occur(simulator: Simulator) -> None:
    orders = simulator.orders("main")
    lines = [line for row in orders for line in row["products"]]
    assert {str(row["status"]) for row in orders} >= {"0", "4", "5"}
    assert {str(row["type"]) for row in orders} == {"2", "3"}
    for key, kinds in {
        "id": {int, str},
        "status": {int, str},
        "shipping_tax": {float, str},
        "details": {dict, list},
    }.items():
        assert {type(row[key]) for row in orders} == kinds, key
    assert {type(row["reason_cancellation"]) for row in orders} == {type(None), int, dict}
    assert {type(row["enforced_vendor_courier_accounts"]) for row in orders} == {type(None), list}
    for key, kinds in {
        "product_id": {int, str, type(None)},
        "quantity": {int, str},
        "storno_qty": {int, str},
        "sale_price": {float, str},
        "ext_part_number": {str, type(None)},
    }.items():
        assert {type(line[key]) for line in lines} == kinds, key
    assert {line["status"] for line in lines} == {0, 1}
    assert any(len(row["products"]) > 1 for row in orders)
    assert len({line["id"] for line in lines}) == len(lines)


def test_a_returned_line_keeps_what_was_ordered(simulator: Simulator) -> None:
    orders = simulator.orders("main")
    lines = [line for row in orders for line in row["products"]]
    assert all(int(line["quantity"]) + int(line["storno_qty"]) == line["initial_qty"] for line in lines)
    whole = [line for line in lines if int(line["quantity"]) == 0]
    assert whole and all(line["initial_qty"] > 0 for line in whole)
    returned = [row for row in orders if str(row["status"]) == "5"]
    assert returned
    assert all(int(line["quantity"]) == 0 for row in returned for line in row["products"] if line["status"] == 1)


def test_some_of_emags_own_orders_come_without_anything_when_read_by_change(simulator: Simulator) -> None:
    """Trap 39: customer null and no products, from the same order that is complete when read by its creation."""
    simulator.switch("fbe", hollow_orders=0.5)
    since = written(simulator.now() - 20 * DAY)
    with httpx.Client(base_url=simulator.url, auth=("fbe", PASSWORD)) as fbe:
        changed = rows(fbe, type=2, modifiedAfter=since)
        hollow = {int(row["id"]) for row in changed if row["customer"] is None and row["products"] == []}
        assert 0.2 < len(hollow) / len(changed) < 0.8
        assert not [row for row in rows(fbe, type=2, createdAfter=since) if not row["products"] or not row["customer"]]
        one = min(hollow)
        assert rows(fbe, type=2, id=one)[0]["products"]
        assert all(row["products"] for row in rows(fbe, type=3, modifiedAfter=since))


def test_people_are_planted_in_every_order(simulator: Simulator) -> None:
    """What a client must not store can be searched for."""
    for row in simulator.orders("main"):
        assert PERSON in json.dumps(row["customer"])
        assert row["customer"]["phone_1"].startswith(PHONE)
    everything = simulator.orders("main")
    assert any(PERSON in json.dumps(row["details"]) for row in everything)
    assert any(PERSON in json.dumps(row["attachments"]) for row in everything)
    assert any(PHONE in (row["observation"] or "") for row in everything)


def test_orders_can_be_put_changed_and_removed(simulator: Simulator, main: httpx.Client) -> None:
    def row(number: Any, **fields: Any) -> dict[str, Any]:
        return {"id": number, "type": 3, "date": "2026-03-29 03:30:00", "modified": None, "status": 1, **fields}

    simulator.put_orders("main", [row(7), row("8", status="4", date=1774747800), row(9, type=2), None, {"type": 3}])
    assert [each and each.get("id") for each in simulator.orders("main")] == [7, "8", 9, None, None]
    assert main.post(READ, json={"type": 3}).json()["results"] == [
        row(7),
        row("8", status="4", date=1774747800),
        {"type": 3},
    ]
    assert ids(main, createdAfter="2026-03-29 00:00:00", createdBefore="2026-03-29 04:30:00") == [7, 8]
    assert ids(main, modifiedAfter="2026-01-01 00:00:00") == []
    simulator.patch_orders("main", [row(7, modified="2026-04-01 10:00:00"), row(6)])
    assert ids(main, modifiedAfter="2026-01-01 00:00:00") == [7]
    simulator.remove_order("main", 8)
    assert ids(main, status=[1, 4]) == [6, 7]
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        simulator.remove_order("main", 8)


def test_a_sold_order_can_be_changed_among_the_others(small_catalogue: Catalogue) -> None:
    with running(small_catalogue, opened=OPENED, days=20) as simulator:
        before = simulator.orders("main")
        changed = before[5] | {"status": 0, "modified": written(simulator.now())}
        simulator.patch_orders("main", [changed])
        assert simulator.orders("main") == [*before[:5], changed, *before[6:]]
        simulator.remove_order("main", str(before[2]["id"]))
        assert len(simulator.orders("main")) == len(before) - 1


def test_order_requests_are_logged_under_their_route(simulator: Simulator, main: httpx.Client) -> None:
    main.post(READ, json={"currentPage": 1})
    main.post(COUNT)
    main.get(COUNT)
    assert [entry["route"] for entry in simulator.requests("main")] == ["order/read", "order/count", "order/count"]


@pytest.mark.parametrize("route", [READ, COUNT])
def test_who_may_not_read_offers_may_not_read_orders(simulator: Simulator, main: httpx.Client, route: str) -> None:
    assert httpx.post(simulator.url + route).status_code == 401
    assert httpx.post(simulator.url + route, auth=("main", "wrong")).status_code == 401
    simulator.switch("main", refuse_ip=True)
    assert main.post(route).json()["messages"] == ["ERROR: Invalid vendor ip [127.0.0.1]"]


def test_faults_can_mean_the_order_routes(simulator: Simulator, main: httpx.Client) -> None:
    faults = [{"kind": "500", "route": "order/read", "page": 2}, {"kind": "429", "route": "order/count"}]
    simulator.switch("main", faults=faults)
    assert [main.post(READ, json={"currentPage": page}).status_code for page in (1, 2)] == [200, 500]
    assert main.post(COUNT).status_code == 429
    assert main.post(PRODUCTS, json={"currentPage": 2}).status_code == 200


@pytest.mark.parametrize(
    ("kind", "pages"),
    [
        ("repeat-page", [1, 1]),
        ("wrong-rows", [2, 3]),
        ("half-page", [0.5, 0.5]),
        ("empty-page", [0, 0]),
        ("foreign-rows", [-1, -1]),
    ],
)
def test_faults_of_pages_know_orders(simulator: Simulator, main: httpx.Client, kind: str, pages: list[float]) -> None:
    def page(number: int) -> list[int]:
        answer = main.post(READ, json={"currentPage": number, "itemsPerPage": 10}).json()
        return [int(row["id"]) for row in answer["results"]]

    true = {number: page(number) for number in (1, 2, 3)}
    simulator.switch("main", faults=[{"kind": kind, "route": "order/read"}])
    for asked, shown in zip((1, 2), pages, strict=True):
        if shown == -1:
            assert page(asked) == [number + 900_000_000 for number in true[asked]]
        elif shown < 1:
            assert page(asked) == true[asked][: int(10 * shown)]
        else:
            assert page(asked) == true[int(shown)]


@pytest.mark.parametrize(
    ("kind", "repeated", "skipped", "more"),
    [("insert", 1, 0, 1), ("remove", 0, 1, -1), ("append", 0, 0, 1), ("replace", 0, 1, 0)],
)
def test_orders_come_and_go_between_two_pages(
    simulator: Simulator, main: httpx.Client, month: dict[str, str], kind: str, repeated: int, skipped: int, more: int
) -> None:
    """Traps 11 and 12, of orders: an order that leaves a window while it is read shifts all that follow."""
    before = ids(main, **month)
    simulator.switch("main", drift=[{"kind": kind, "after_page": 1, "route": "order/read"}])
    main.post(PRODUCTS, json={"currentPage": 1})
    read = ids(main, **month)
    assert len(read) - len(set(read)) == repeated
    assert len(set(before) - set(read)) == skipped
    after = ids(main, **month)
    assert len(after) - len(before) == more
    lines = [line["id"] for row in simulator.orders("main") for line in row["products"]]
    assert len(lines) == len(set(lines))


def test_a_fault_can_mean_one_order(simulator: Simulator, main: httpx.Client, month: dict[str, str]) -> None:
    number = ids(main, **month)[0]
    simulator.switch("main", faults=[{"kind": "500", "route": "order/read", "offer_id": number}])
    assert main.post(READ, json={"id": number}).status_code == 500
    assert main.post(READ, json=month).status_code == 200


def test_a_count_of_orders_can_be_wrong(simulator: Simulator, main: httpx.Client, month: dict[str, str]) -> None:
    true = len(ids(main, **month))
    simulator.switch("main", count_style="ints", count_offset=5)
    assert main.post(COUNT, json=month).json()["results"]["noOfItems"] == true + 5
    simulator.switch("main", count_says="many")
    assert main.post(COUNT, json=month).json()["results"] == {"noOfItems": "many"}


def test_rows_can_come_in_another_order(simulator: Simulator, main: httpx.Client, month: dict[str, str]) -> None:
    ordered = ids(main, **month)
    simulator.switch("main", order_of_rows="shuffled")
    assert ids(main, **month) != ordered
    assert sorted(ids(main, **month)) == ordered


def test_more_than_100_per_page_is_capped_or_refused(simulator: Simulator, main: httpx.Client) -> None:
    assert len(main.post(READ, json={"itemsPerPage": 500}).json()["results"]) == 100
    simulator.switch("main", over_limit="error400")
    assert main.post(READ, json={"itemsPerPage": 500}).status_code == 400


def test_orders_and_other_routes_have_their_own_windows(
    small_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap 16: each bucket is full while the other one is. All arrive in one moment, however busy the machine is."""
    admit = RateLimit.admit
    monkeypatch.setattr(RateLimit, "admit", lambda limit, _: admit(limit, 0.0))
    with (
        running(small_catalogue) as simulator,
        httpx.Client(base_url=simulator.url, auth=("main", PASSWORD), timeout=30) as client,
    ):
        routes = [READ, COUNT] * 7 + [PRODUCTS] * 5
        statuses = [client.post(route, json={"itemsPerPage": 1}).status_code for route in routes]
    assert statuses == [200] * 12 + [429] * 2 + [200] * 3 + [429] * 2


def test_twelve_a_second_reach_720_a_minute_and_no_more() -> None:
    limit = RateLimit(ORDER_WINDOWS)
    assert [limit.admit(second + part / 16) for second in range(60) for part in range(12)] == [True] * 720
    assert not limit.admit(59.99)


def test_invalid_order_requests_count(small_catalogue: Catalogue) -> None:
    with running(small_catalogue) as simulator, httpx.Client(base_url=simulator.url) as client:
        statuses = [client.post(READ, auth=("main", "wrong")).status_code for _ in range(12)]
        assert client.post(READ, auth=("main", PASSWORD)).status_code == 429
    assert statuses == [401] * 12


def test_order_ids_ascend_with_time(simulator: Simulator) -> None:
    orders = simulator.orders("main")
    assert all(int(one["id"]) < int(two["id"]) for one, two in pairwise(orders))
    moments = [read(row["date"]) for row in orders]
    # The hour that comes twice when the clocks go back is the only step back.
    assert sum(later < earlier for earlier, later in pairwise(moments)) <= 1
    assert len(Counter(row["date"][:7] for row in orders)) == 6
