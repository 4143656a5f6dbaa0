-- A store as the program of version 1 wrote it (dumped by the sqlite3 shell), for migrations_test. Never changed.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
INSERT INTO stream VALUES(1,0,'+8613800138000','ln_fixture00000000000001',2,2,X'dc58c67c3ff4ac3d4e7aa2b76464512cf0d5b35a07e5af59f781783f01e35008',1800000000000,'sub1','in_review',1800000600000,1,X'72','{"word":"submitted"}');
INSERT INTO stream VALUES(2,1,'sub1','sb_fixture00000000000001',1,3,X'7f1381478bb230093cf6955a8d81eaf70f695166e536cd24c1708f06c6eadb47',NULL,NULL,NULL,NULL,0,X'','{"word":"registered"}');
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
INSERT INTO entry VALUES(1,1,1,0,1700000000001,0,0,X'e6f6b22139494715a8266e87a95de9ffe854adaa9b643b786732e10512f6d483','{"by":"test"}','[{"type":"imported"}]','');
INSERT INTO entry VALUES(2,1,2,1,1700000000002,0,5,X'dc58c67c3ff4ac3d4e7aa2b76464512cf0d5b35a07e5af59f781783f01e35008','{"by":"test"}','[{"type":"submitted"}]','[{"type":"send_notice"}]');
INSERT INTO entry VALUES(3,2,1,0,1700000000001,44,0,X'7f1381478bb230093cf6955a8d81eaf70f695166e536cd24c1708f06c6eadb47','{"by":"test"}','[{"type":"registered"}]','');
CREATE TABLE cursor (
    destination INTEGER NOT NULL,
    partition   INTEGER NOT NULL,
    upto        INTEGER NOT NULL,  -- effect: seq * 256 + index
    PRIMARY KEY (destination, partition)
) STRICT, WITHOUT ROWID;
INSERT INTO cursor VALUES(0,3,258);
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
INSERT INTO retry VALUES(512,2,3,1,4,1800000000500,0,'peer-unreachable','No answer.',1799999999000);
CREATE TABLE awaited_receipt (
    receipt TEXT PRIMARY KEY,     -- the peer's message id, after the connector's name
    stream  INTEGER NOT NULL,     -- who is told
    until   INTEGER NOT NULL      -- ms since 1970: afterwards it is forgotten
) STRICT, WITHOUT ROWID;
INSERT INTO awaited_receipt VALUES('smpp:42',1,1800000900000);
CREATE TABLE vault (
    id         INTEGER PRIMARY KEY,
    subscriber TEXT NOT NULL,
    kind       TEXT NOT NULL,  -- "person", "records:ln_…"
    sealed     BLOB NOT NULL,  -- see vault.hpp
    UNIQUE (subscriber, kind)
) STRICT;
INSERT INTO vault VALUES(1,'sub1','person',X'010203');
CREATE TABLE token (
    digest     TEXT PRIMARY KEY,  -- keyed digest, hex; the token itself is nowhere
    role       TEXT NOT NULL,
    holder     TEXT NOT NULL,     -- the id under which journals name this holder
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO token VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','agent','anna','fixture',1700000000000,NULL,NULL);
CREATE INDEX stream_next_due ON stream (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX stream_subscriber ON stream (subscriber) WHERE subscriber IS NOT NULL;
CREATE INDEX stream_stage ON stream (stage) WHERE stage IS NOT NULL;
CREATE INDEX stream_review_due ON stream (review_due) WHERE review_due IS NOT NULL;
CREATE INDEX stream_provisional ON stream (provisional) WHERE provisional = 1;
CREATE INDEX entry_outbox ON entry (seq) WHERE destinations <> 0;
CREATE INDEX retry_next_at ON retry (next_at) WHERE dead = 0;
CREATE INDEX retry_state ON retry (dead, destination);
CREATE INDEX awaited_receipt_until ON awaited_receipt (until);
CREATE INDEX token_holder ON token (holder);
COMMIT;
PRAGMA application_id = 1263553614;
PRAGMA user_version = 1;
