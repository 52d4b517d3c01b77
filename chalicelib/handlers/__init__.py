"""The doors: an HTTP request, a stream or a Kafka record comes in, one service is called.

Routes, a module each for what they are about:

    customers     customers, finding them, and the history of one
    transfer      import and export
    conflicts     what lost against another location, and restoring it
    fields        field definitions
    trail         the audit trail of everything
    status        health, readiness, and how the location is doing
    dead_letters  records of the topic that could not be applied
    web           the page, and the files that pages are made of
    reference     the API's document, and the page that shows it

What they share, as a request meets it:

    http          what happens to every request and answer: `endpoint` registers a route
    auth          who asks
    operation     what a route takes and answers, as its function's signature declares it
    request       reads what it takes
    inputs        the shapes of requests
    mistakes      what is wrong with a value, in plain words
    cursor        where a list goes on
    outputs       the shapes of answers
    answer        answers, and the responses that they become
    problem       errors as callers see them
    openapi       the document made of all this

And `functions` are those behind the API, called with a stream's or Kafka's event.
"""
