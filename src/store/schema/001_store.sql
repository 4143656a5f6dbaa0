R"sql(
-- Version 1 of the store (keepline.sqlite). Plain SQL between the marks of a C++ raw string, so that the program can include it.
-- A published version never changes: what comes later is another file and another line in migrations.cpp.
-- The shape is that of a log: integer keys, one append-only table, and as few other pages as possible to be written per step.

-- One number or one subscriber, as it is now. Its history is a chain of entries that starts at head_seq.
CREATE TABLE stream (
    id          INTEGER PRIMARY KEY,  -- 1, 2, …; never reused, never sparse: the greatest is the count
    kind        INTEGER NOT NULL,     -- 0 number, 1 subscriber
    key         TEXT NOT NULL,        -- MSISDN (ITU-T E.164, "+…") or subscriber id
    public_id   TEXT NOT NULL,        -- opaque, for URLs
    version     INTEGER NOT NULL,     -- count of its entries
    head_seq    INTEGER NOT NULL,     -- its last entry
    head        BLOB NOT NULL,        -- that entry's hash, 32 bytes
    next_due    INTEGER,              -- ms since 1970: when it has something to do by itself
    subscriber  TEXT,                 -- whose line it is
    stage       TEXT,                 -- of the open closure
    review_due  INTEGER,              -- ms since 1970, while in review
    provisional INTEGER NOT NULL,     -- 1: that date lies past the span of its calendar
    recent      BLOB NOT NULL,        -- idempotency memory, opaque here
    snapshot    TEXT NOT NULL,        -- JSON of the state: what folding its entries gives; last, because it is long
    UNIQUE (kind, key),
    UNIQUE (public_id)
) STRICT;
CREATE INDEX stream_next_due ON stream (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX stream_subscriber ON stream (subscriber) WHERE subscriber IS NOT NULL;
CREATE INDEX stream_stage ON stream (stage) WHERE stage IS NOT NULL;
CREATE INDEX stream_review_due ON stream (review_due) WHERE review_due IS NOT NULL;
CREATE INDEX stream_provisional ON stream (provisional) WHERE provisional = 1;

-- History and outbox in one. Rows are only ever added.
CREATE TABLE entry (
    seq          INTEGER PRIMARY KEY,  -- 1, 2, … over all streams, without gaps
    stream       INTEGER NOT NULL,
    version      INTEGER NOT NULL,     -- of the stream after this entry
    previous     INTEGER NOT NULL,     -- seq of the same stream's entry before; 0: none
    at           INTEGER NOT NULL,     -- ms since 1970
    partition    INTEGER NOT NULL,     -- of the stream's key, 0 to 63: stable for ever, the cursors depend on it
    destinations INTEGER NOT NULL,     -- bit per destination that `effects` goes to
    hash         BLOB NOT NULL,        -- 32 bytes: over the hash before and everything this entry says
    meta         TEXT NOT NULL,        -- JSON: who, through which channel, correlation id
    events       TEXT NOT NULL,        -- JSON array
    effects      TEXT NOT NULL         -- JSON array, or empty
) STRICT;
-- The outbox: what a dispatcher has to look at. It grows at one end, so it costs one page per commit.
CREATE INDEX entry_outbox ON entry (seq) WHERE destinations <> 0;

-- How far each lane (destination and partition) is settled.
CREATE TABLE cursor (
    destination INTEGER NOT NULL,
    partition   INTEGER NOT NULL,
    upto        INTEGER NOT NULL,  -- effect: seq * 256 + index
    PRIMARY KEY (destination, partition)
) STRICT, WITHOUT ROWID;

-- Effects that failed.
CREATE TABLE retry (
    effect          INTEGER PRIMARY KEY,  -- seq * 256 + index
    destination     INTEGER NOT NULL,
    partition       INTEGER NOT NULL,
    stream          INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    next_at         INTEGER NOT NULL,     -- ms since 1970
    dead            INTEGER NOT NULL,     -- 1: waits for staff
    error_code      TEXT NOT NULL,        -- of the last try
    error_words     TEXT NOT NULL,
    first_failed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX retry_next_at ON retry (next_at) WHERE dead = 0;
CREATE INDEX retry_state ON retry (dead, destination);

-- Delivery receipts that are still to come.
CREATE TABLE awaited_receipt (
    receipt TEXT PRIMARY KEY,     -- the peer's message id, after the connector's name
    stream  INTEGER NOT NULL,     -- who is told
    until   INTEGER NOT NULL      -- ms since 1970: afterwards it is forgotten
) STRICT, WITHOUT ROWID;
CREATE INDEX awaited_receipt_until ON awaited_receipt (until);

-- Personal data, sealed with a key that is not in this file (keys.sqlite).
-- With a row id, so that rows are appended and their pages are full; clustered by subscriber they would be two thirds full.
CREATE TABLE vault (
    id         INTEGER PRIMARY KEY,
    subscriber TEXT NOT NULL,
    kind       TEXT NOT NULL,  -- "person", "records:ln_…"
    sealed     BLOB NOT NULL,  -- see vault.hpp
    UNIQUE (subscriber, kind)
) STRICT;

-- Access tokens.
CREATE TABLE token (
    digest     TEXT PRIMARY KEY,  -- keyed digest, hex; the token itself is nowhere
    role       TEXT NOT NULL,
    holder     TEXT NOT NULL,     -- the id under which journals name this holder
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX token_holder ON token (holder);
)sql"
