"""Airflow's metrics go to an OpenTelemetry collector by settings alone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import tests.own_airflow  # noqa: F401  (before anything imports Airflow)

# As Airflow's scheduler does when it starts.
COUNTS = """
import time
from airflow._shared.observability.metrics import stats
from airflow.observability.metrics import stats_utils
stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)
stats.incr("workforce_counts")
time.sleep({seconds})
"""
MOST_SECONDS = 30


def test_a_count_reaches_the_collector_that_the_settings_name() -> None:
    paths: list[str] = []
    arrived = threading.Event()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            metrics = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            paths.append(self.path)
            if b"workforce_counts" in metrics:
                arrived.set()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = {
            "AIRFLOW__METRICS__OTEL_ON": "True",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_METRIC_EXPORT_INTERVAL": "200",
        }
        counting = subprocess.Popen([sys.executable, "-c", COUNTS.format(seconds=MOST_SECONDS)], env=os.environ | settings)
        try:
            assert arrived.wait(MOST_SECONDS)
        finally:
            counting.kill()
            counting.wait()
            server.shutdown()
    assert set(paths) == {"/v1/metrics"}
