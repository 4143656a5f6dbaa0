R"sql(
-- Version 4 of the store (keepline.sqlite). Plain SQL between the marks of a C++ raw string, so that the program can include it.
-- The first version that is kept: 1 to 3 were never released. From here on a version never changes: what comes later is another
-- file and another line in migrations.cpp.
-- The shape is that of a log: integer keys, one append-only table, and as few other pages as possible to be written per step.

-- One number, subscriber or profile, as it is now. Its history is a chain of entries that starts at head_position.
CREATE TABLE stream (
    id          INTEGER PRIMARY KEY,  -- 1, 2, …; never reused, never sparse: the greatest is the count
    kind        INTEGER NOT NULL,     -- 0 number, 1 subscriber, 2 esim
    key         TEXT NOT NULL,        -- MSISDN (ITU-T E.164, "+…"), subscriber id, or ICCID
    public_id   TEXT NOT NULL,        -- opaque, for URLs
    version     INTEGER NOT NULL,     -- count of its entries
    head_seq    INTEGER NOT NULL,     -- its last entry's number in the partition
    head_position INTEGER NOT NULL,   -- and where it lies here
    head        BLOB NOT NULL,        -- that entry's hash, 32 bytes
    next_due    INTEGER,              -- ms since 1970: when it has something to do by itself
    subscriber  TEXT,                 -- whose line it is
    stage       TEXT,                 -- of the open closure
    review_due  INTEGER,              -- ms since 1970, while in review
    provisional INTEGER NOT NULL,     -- 1: that date lies past the span of its calendar
    recent      BLOB NOT NULL,        -- idempotency memory, opaque here
    UNIQUE (kind, key),
    UNIQUE (public_id)
) STRICT;
CREATE INDEX stream_next_due ON stream (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX stream_subscriber ON stream (subscriber) WHERE subscriber IS NOT NULL;
CREATE INDEX stream_stage ON stream (stage) WHERE stage IS NOT NULL;
CREATE INDEX stream_review_due ON stream (review_due) WHERE review_due IS NOT NULL;
CREATE INDEX stream_provisional ON stream (provisional) WHERE provisional = 1;

-- What a state was after one of its stream's entries: with every eighth, not with each.
CREATE TABLE snapshot (
    stream     INTEGER PRIMARY KEY,
    at_version INTEGER NOT NULL,  -- of the stream, when it was taken; the entries since tell the rest
    json       TEXT NOT NULL      -- the state that folding the entries up to there gives
) STRICT;

-- What profiles (kind 2) are found by. Beside the stream table, so that numbers and subscribers pay nothing for it.
CREATE TABLE esim (
    stream      INTEGER PRIMARY KEY,
    type        TEXT NOT NULL,  -- profile type; empty: never provided here, only notifications name it
    state       TEXT NOT NULL,  -- SGP.22 §3.1.6: available, allocated, linked, confirmed, released, downloaded, installed, error, unavailable
    matching_id TEXT,           -- of the order that runs
    eid         TEXT            -- the eUICC that it is bound to
) STRICT;
CREATE INDEX esim_stock ON esim (state, type, stream);
CREATE INDEX esim_matching_id ON esim (matching_id) WHERE matching_id IS NOT NULL;
CREATE INDEX esim_eid ON esim (eid) WHERE eid IS NOT NULL;

-- History and outbox in one. Rows are only ever added, at the end: an index by (partition, seq) would cost a page per entry, and
-- nothing asks for an entry by its number alone.
CREATE TABLE entry (
    position     INTEGER PRIMARY KEY,  -- 1, 2, … in the order of commits, without gaps; means something in this file only
    partition    INTEGER NOT NULL,     -- of the stream's key, 0 to 1023
    seq          INTEGER NOT NULL,     -- 1, 2, … within the partition, without gaps
    stream       INTEGER NOT NULL,
    version      INTEGER NOT NULL,     -- of the stream after this entry
    previous     INTEGER NOT NULL,     -- position of the same stream's entry before; 0: none
    at           INTEGER NOT NULL,     -- ms since 1970
    destinations INTEGER NOT NULL,     -- bit per destination that `effects` goes to
    hash         BLOB NOT NULL,        -- 32 bytes: over the stream's hash before and everything this entry says
    chain        BLOB NOT NULL,        -- 32 bytes: over the partition's chain before, the number and the hash
    meta         TEXT NOT NULL,        -- JSON: who, through which channel, correlation id
    events       TEXT NOT NULL,        -- JSON array
    effects      TEXT NOT NULL         -- JSON array, or empty
) STRICT;

-- How far each partition had come when this was noted: once a second and at the end, for all that moved. So everything up to the
-- greatest position here is noted, and later entries tell the rest.
CREATE TABLE partition (
    id       INTEGER PRIMARY KEY,  -- 0 to 1023
    seq      INTEGER NOT NULL,     -- of its last entry
    chain    BLOB NOT NULL,
    position INTEGER NOT NULL
) STRICT;

-- Who may commit: only the process that drew this epoch. One process owns all partitions of this file.
CREATE TABLE owner (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL
) STRICT;
INSERT INTO owner VALUES (1, 0);

-- The outbox: what a dispatcher has to look at. It grows at one end, so it costs one page per commit.
CREATE INDEX entry_outbox ON entry (position) WHERE destinations <> 0;

-- How far each destination is settled in all its lanes (a lane: destination and partition).
CREATE TABLE horizon (
    destination INTEGER PRIMARY KEY,
    position    INTEGER NOT NULL, -- of an entry
    seal        BLOB              -- over the row, with a key that is not here (seals.hpp)
) STRICT;

-- How far a lane is settled that is, or was, ahead of its destination's horizon.
CREATE TABLE cursor (
    destination INTEGER NOT NULL,
    partition   INTEGER NOT NULL,
    upto        INTEGER NOT NULL,  -- effect
    seal        BLOB,
    PRIMARY KEY (destination, partition)
) STRICT, WITHOUT ROWID;

-- Effects that failed.
CREATE TABLE retry (
    effect          INTEGER PRIMARY KEY,  -- its partition, its entry's number, its index: see port::effect_id
    destination     INTEGER NOT NULL,
    position        INTEGER NOT NULL,     -- of its entry
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

-- What is in a table now: how many rows, how often one was written or deleted, and a sum over them (set_hash.hpp).
CREATE TABLE tally (
    name    TEXT PRIMARY KEY,  -- "vault", "retry"
    rows    INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    sum     BLOB NOT NULL,
    seal    BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Access tokens.
CREATE TABLE token (
    digest     TEXT PRIMARY KEY,  -- keyed digest, hex; the token itself is nowhere
    role       TEXT NOT NULL,
    holder     TEXT NOT NULL,     -- the id under which journals name this holder
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    seal       BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX token_holder ON token (holder);
)sql"
