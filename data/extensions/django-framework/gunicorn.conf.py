# How gunicorn serves the application: all interfaces, one port; figures go to the exporter beside it, which speaks
# statsd. Further settings come from the command line of the service.
bind = ["0.0.0.0:8000"]
chdir = "/django/app"
statsd_host = "localhost:9125"
