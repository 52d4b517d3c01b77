"""The doors: an HTTP request, a stream or a Kafka record comes in, one service is called."""
