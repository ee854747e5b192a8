import asyncio, pytest, traceback
from magflow_pipeline_tests.offers import offers
from magflow_pipeline_tests.sync.conftest import *
from magflow_pipeline_tests.conftest import *
import psycopg

def test_c(rows, start_sync, make_simulator, make_seller, monkeypatch):
    sim = make_simulator(main=offers(40)); sim.switch("main", latency_seconds=0.01); make_seller(sim)
    bad = 0
    async def cancel(after):
        task = asyncio.create_task(start_sync(items_per_page=2, tell=lambda s: None))
        await asyncio.sleep(after)
        task.cancel()
        r = (await asyncio.gather(task, return_exceptions=True))[0]
        return r
    n=0
    for step in range(60):
        r = asyncio.run(cancel(step*0.005))
        running = rows("SELECT id FROM emag_sync_logs WHERE status='running'")
        if len(running) > n:
            n = len(running)
            print("STEP", step, type(r), r)
            if bad==0: traceback.print_exception(r)
            bad += 1
    print("bad", bad)
    assert 0
