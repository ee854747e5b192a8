"""The National Bank's daily exchange rates, made up: the same XML, so that a demo and the tests need no internet.

Belongs here: the document and its faults. Not here: the marketplace.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Literal
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from magflow_pipeline.simulator.answers import as_json
from magflow_pipeline.simulator.bucharest import ZONE
from magflow_pipeline.simulator.market import Market

PUBLISHED_HOUR = 13
ABOUT = {"CNY": (1, 0.63), "EUR": (1, 5.09), "GBP": (1, 5.8), "HUF": (100, 1.31), "TRY": (1, 0.105), "USD": (1, 4.4)}
"""Currency to multiplier and RON, around which the rates move by up to 2 % in the course of a year."""
DOCUMENT = """<?xml version="1.0" encoding="utf-8"?>
{dtd}<DataSet xmlns="http://www.bnr.ro/xsd" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Header>
    <Publisher>National Bank of Romania</Publisher>
    <PublishingDate>{day}</PublishingDate>
    <MessageType>DR</MessageType>
  </Header>
  <Body>
    <Subject>Reference rates</Subject>
    <OrigCurrency>RON</OrigCurrency>
    <Cube date="{day}">
{rates}
    </Cube>
  </Body>
</DataSet>
"""
BOMB = '<!DOCTYPE DataSet [<!ENTITY a "5.09"><!ENTITY b "&a;&a;">]>\n'


class RateSwitches(BaseModel):
    """How the feed answers."""

    model_config = ConfigDict(extra="forbid")

    status: int = Field(default=200, ge=200, le=599, description="Another status than 200 comes with a page of HTML")
    times: int | None = Field(default=None, ge=0, description="So many answers have that status; None: all")
    fault: Literal["html", "truncated", "entities", "empty", "huge"] | None = None
    days_ago: int = Field(default=0, ge=-30, le=3650, description="An older day, or a later one, than it should have")
    rates: dict[str, str] = Field(
        default_factory=dict[str, str], description="Texts that stand in place of the rates of these currencies"
    )


def rate_routes(market: Market) -> list[Route]:
    """The feed, and the route that steers it: GET tells switches and how often it was asked, PUT sets them."""
    switches, asked = [RateSwitches()], [0]

    async def feed(_: Request) -> Response:
        asked[0] += 1
        now = switches[0]
        if now.status != 200 and now.times != 0:
            now.times = now.times and now.times - 1
            return Response("<html><body>Service Unavailable</body></html>", now.status, media_type="text/html")
        if now.fault == "html":
            return Response("<!DOCTYPE html><html><body>Mentenanță</body></html>", media_type="text/html")
        text = document(published(datetime.fromtimestamp(market.now, ZONE)) - timedelta(days=now.days_ago), now)
        text = {"truncated": text[: len(text) // 2], "huge": text + " " * 2**21}.get(now.fault or "", text)
        return Response(text, media_type="text/xml")

    async def steer(request: Request) -> Response:
        if request.method == "PUT":
            switches[0] = RateSwitches.model_validate_json(await request.body())
            asked[0] = 0
        return as_json({**switches[0].model_dump(), "asked": asked[0]})

    return [
        Route("/nbrfxrates.xml", feed, methods=["GET"]),
        Route("/_simulator/rates", steer, methods=["GET", "PUT"]),
    ]


def published(now: datetime) -> date:
    """The working day of the newest rates at a time in Bucharest.

    >>> published(datetime(2026, 11, 30, 12, 59, tzinfo=ZONE))  # a Monday
    datetime.date(2026, 11, 27)
    """
    day = now.date() if now.hour >= PUBLISHED_HOUR else now.date() - timedelta(days=1)
    return day - timedelta(days=max(0, day.weekday() - 4))


def document(day: date, switches: RateSwitches | None = None) -> str:
    """The document of a day, equal for equal arguments."""
    switches = switches or RateSwitches()
    rates: list[str] = []
    for currency, (units, ron) in ABOUT.items() if switches.fault != "empty" else ():
        value = switches.rates.get(currency, f"{ron * (1 + 0.02 * _wave(currency, day)):.4f}")
        multiplier = f' multiplier="{units}"' if units != 1 else ""
        rates.append(f'      <Rate currency="{currency}"{multiplier}>{value}</Rate>')
    bomb = BOMB if switches.fault == "entities" else ""
    return DOCUMENT.format(day=day.isoformat(), rates="\n".join(rates), dtd=bomb)


def _wave(currency: str, day: date) -> float:
    return math.sin((day.toordinal() + crc32(currency.encode()) % 365) / 58)
