# pyright: reportUnknownMemberType=false
# Dagster's decorators are only partially typed.
"""Alerts: the sensor that keeps incidents up to date and sends what is due.

Nothing is sent from inside an asset: what a run leaves in the database is seen here, and a run that died too.
"""

import json

import dagster as dg

from magflow_pipeline.alerts import delivery
from magflow_pipeline.alerts.incidents import observe_daemon
from magflow_pipeline.defs.checks import as_event, check_key, evaluate
from magflow_pipeline.defs.load_time import seconds_between_looks
from magflow_pipeline.defs.plainly import tick_told_plainly
from magflow_pipeline.defs.resources import DatabaseResource, SellerResource
from magflow_pipeline.text import noted

SECONDS_TO_SEND = 10.0  # the other sensors wait for a tick; what is left is for the next one


@dg.sensor(
    minimum_interval_seconds=seconds_between_looks(30),
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Opens and closes incidents, and sends what is due: messages about them, statistics of syncs to the "
    "webhook, calls of the heartbeat. While it is off, nothing is sent unless cron runs magflow alerts send.",
)
@tick_told_plainly
def send_alerts(
    context: dg.SensorEvaluationContext, database: DatabaseResource, seller: SellerResource
) -> dg.SensorResult:
    """One look; the check of the channels is evaluated again when its result changes."""
    db, settings = database.open(), seller.settings()
    with db.connect("magflow beat") as session:
        observe_daemon(session)
    sent = delivery.send_alerts(db, settings, SECONDS_TO_SEND)
    for each in sent.failed:
        context.log.warning(noted(each))
    result = evaluate(db, settings, check_key("low_stock_report", "every_channel_takes_messages"))
    said = json.dumps([result.passed, result.description])
    if said == context.cursor:
        return dg.SensorResult(skip_reason="; ".join([*sent.taken, *sent.failed]) or "nobody has to be told anything")
    return dg.SensorResult(asset_events=[as_event(result)], cursor=said)
