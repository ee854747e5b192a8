"""The words of the buyer's workbook that are no headings of columns, in each language."""

from collections.abc import Mapping

from magflow_pipeline.reports.choices import Language

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "title": "Orders to suppliers",
        "summary": "Summary",
        "everything": "All items",
        "other_suppliers": "Other suppliers",
        "no_supplier": "No supplier",
        "demo": "DEMO: the numbers are made up by a simulator; order nothing by them.",
        "made_at": "Made {made_at} (Europe/Bucharest).",
        "coverage": "{account}: {seen} of {total} offers read, {status}, as of {scanned_at} (Europe/Bucharest)",
        "not_read": "{account}: not in the report",
        "completed": "complete",
        "partial": "PARTIAL: some offers are missing or as they were before",
        "failed": "FAILED",
        "unproven": "first reading, not yet proven",
        "late": "STALE: older than {minutes} minutes",
        "outdated": "STALE: sales, stock or prices have changed since these numbers were computed",
        "no_report": "There is no report yet.",
        "no_drafts": "There are no drafts: magflow order --all makes them from what is proposed.",
        "how": "Change yellow cells only, in any order of rows, and take the file back:"
        " magflow import purchase-orders FILE. Other cells are locked against slips, without a password.",
        "reached": "reached",
        "not_reached": "NOT reached",
        "no_minimum": "none asked",
        "total": "Total",
        "open": "open",
        "yes": "yes",
        "whole_number": "A whole number of pieces, 1 or more. A line that is not to be ordered has a day in"
        " {snoozed_until}, or a reason"
        " in {refused_because}.",
        "a_day": "A day, such as 2026-12-24.",
        "day_or_yes": "The day, or yes.",
        "flags": "To know",
        "in_draft": "In draft",
        "held_until": "Put off until",
        "of_account": "{heading}, {account}",
    },
    Language.RO: {
        "title": "Comenzi la furnizori",
        "summary": "Sumar",
        "everything": "Toate articolele",
        "other_suppliers": "Alți furnizori",
        "no_supplier": "Fără furnizor",
        "demo": "DEMO: numerele sunt inventate de un simulator; nu comandați nimic după ele.",
        "made_at": "Întocmit {made_at} (Europe/Bucharest).",
        "coverage": "{account}: {seen} din {total} oferte citite, {status}, la {scanned_at} (Europe/Bucharest)",
        "not_read": "{account}: nu este în raport",
        "completed": "complet",
        "partial": "PARȚIAL: unele oferte lipsesc sau sunt ca înainte",
        "failed": "EȘUAT",
        "unproven": "prima citire, încă nedovedită",
        "late": "VECHI: de peste {minutes} de minute",
        "outdated": "VECHI: vânzările, stocul sau prețurile s-au schimbat de când s-au calculat aceste numere",
        "no_report": "Încă nu există niciun raport.",
        "no_drafts": "Nu există ciorne: magflow order --all le face din ce este propus.",
        "how": "Modificați doar celulele galbene, în orice ordine a rândurilor, și aduceți fișierul înapoi cu magflow"
        " import purchase-orders FIȘIER. Celelalte celule sunt blocate împotriva greșelilor, fără parolă.",
        "reached": "atinsă",
        "not_reached": "NEATINSĂ",
        "no_minimum": "nu se cere",
        "total": "Total",
        "open": "deschide",
        "yes": "da",
        "whole_number": "Un număr întreg de bucăți, de la 1 în sus. O linie care nu se comandă are o zi în"
        " {snoozed_until} sau un motiv"
        " în {refused_because}.",
        "a_day": "O zi, de exemplu 24.12.2026.",
        "day_or_yes": "Ziua, sau da.",
        "flags": "De știut",
        "in_draft": "În ciorna",
        "held_until": "Amânat până la",
        "of_account": "{heading}, {account}",
    },
}
