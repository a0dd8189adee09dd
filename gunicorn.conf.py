"""How the web processes run, here and in production; WEB_CONCURRENCY says how many."""

import os

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
timeout = 60
graceful_timeout = 15
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
accesslog = None  # django-structlog writes one line per request, without what must not be logged
control_socket_disable = True
