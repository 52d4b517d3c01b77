"""The in-memory search index: which customers are worth scoring.

    index         SearchIndex: segments, what changed since, the best hits
    candidates    the few customers of all segments who are worth scoring
    hits          of these those that score best
    scores        what many of them score at once
    customers     Customers: some of them, value by value, ready to be scored
    exact         Equals: the customers of a segment who are just what was looked for
    similarities  how alike typed words, or a number, and many others are
    making        segments of customers, and of other segments
    segment       Segment: many customers as arrays, and which of them a query may mean
    alignments    about how well thousands of customers' names and the typed ones align
    vocabulary    Vocabulary: the words of a segment, and which of them are near a typed one
    signatures    Signatures: words as sets of bits, to find those that are written alike
    grams         Grams: texts by their short pieces
    texts         Texts: many of them in one array
    postings      Postings: for each key the numbers that have it
    arrays        the few things that are done with arrays of numbers
    births        Births: customers by date of birth
    indexes       indexes made empty, saved and loaded
    files         an index as one file, and back

A search goes through them in this order. Each typed word becomes the words that people are
really called and how alike they are, found by their letters and pairs of letters. The customers
with the most telling of these words, with the date of birth or one like it, or with pieces of the
number are gathered under a budget, and compared word by word or number by number, all at once, as
arrays. Those who promise most in all segments, some hundred, are scored: as arrays too, but with
the numbers that `domain.matching` gives one by one. It alone decides the hits and their order, and
explains them.

An exact search knows whom it may mean by the same words, numbers and days, and holds each of them
against what was typed (`domain.equality`).
"""
