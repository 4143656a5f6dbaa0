-- A store as the program of version 4 wrote it (dumped by the sqlite3 shell), for migrations_test. Never changed.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
INSERT INTO stream VALUES(1,0,'+8613800138000','ln_fixture00000000000001',2,2,2,X'2cb3d738b995d40b6d17b60d9dae17c5ab2ac30e557cd615818c9bcdddff3762',1800000000000,'sub1','in_review',1800000600000,1,X'72');
INSERT INTO stream VALUES(2,1,'sub1','sb_fixture00000000000001',1,1,3,X'1677fd038a7aca2296dd0678b53e19aad8f25ffcaca39d7eb74fd3573c3660ba',NULL,NULL,NULL,NULL,0,X'');
CREATE TABLE snapshot (
    stream     INTEGER PRIMARY KEY,
    at_version INTEGER NOT NULL,  -- of the stream, when it was taken; the entries since tell the rest
    json       TEXT NOT NULL      -- the state that folding the entries up to there gives
) STRICT;
CREATE TABLE esim (
    stream      INTEGER PRIMARY KEY,
    type        TEXT NOT NULL,  -- profile type; empty: never provided here, only notifications name it
    state       TEXT NOT NULL,  -- SGP.22 §3.1.6: available, allocated, linked, confirmed, released, downloaded, installed, error, unavailable
    matching_id TEXT,           -- of the order that runs
    eid         TEXT            -- the eUICC that it is bound to
) STRICT;
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
INSERT INTO entry VALUES(1,832,1,1,1,0,1700000000001,0,X'c2b54fc859091d70acc98f45a31e5009ee4464f6f51df5a6122a941403077de9',X'1797900fb37dcf2bb3a1b1a74308497d63b50ab856614910cbed7e06e5241718','{"by":"test"}','[{"type":"imported"}]','');
INSERT INTO entry VALUES(2,832,2,1,2,1,1700000000002,5,X'2cb3d738b995d40b6d17b60d9dae17c5ab2ac30e557cd615818c9bcdddff3762',X'b45eac6a003e17e331da1fa1242c7036b70d35264bf13a84c7740d386e59846e','{"by":"test"}','[{"type":"submitted"}]','[{"type":"send_notice"}]');
INSERT INTO entry VALUES(3,940,1,2,1,0,1700000000001,0,X'1677fd038a7aca2296dd0678b53e19aad8f25ffcaca39d7eb74fd3573c3660ba',X'8e26da91e9d861cbcdbc30e0ea728c3546c7a4f8597d1fe56f4170fdd8533751','{"by":"test"}','[{"type":"registered"}]','');
CREATE TABLE partition (
    id       INTEGER PRIMARY KEY,  -- 0 to 1023
    seq      INTEGER NOT NULL,     -- of its last entry
    chain    BLOB NOT NULL,
    position INTEGER NOT NULL
) STRICT;
INSERT INTO "partition" VALUES(832,2,X'b45eac6a003e17e331da1fa1242c7036b70d35264bf13a84c7740d386e59846e',2);
CREATE TABLE owner (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL
) STRICT;
INSERT INTO owner VALUES(1,1);
CREATE TABLE horizon (
    destination INTEGER PRIMARY KEY,
    position    INTEGER NOT NULL, -- of an entry
    seal        BLOB              -- over the row, with a key that is not here (seals.hpp)
) STRICT;
INSERT INTO horizon VALUES(1,2,NULL);
CREATE TABLE cursor (
    destination INTEGER NOT NULL,
    partition   INTEGER NOT NULL,
    upto        INTEGER NOT NULL,  -- effect
    seal        BLOB,
    PRIMARY KEY (destination, partition)
) STRICT, WITHOUT ROWID;
INSERT INTO cursor VALUES(0,832,7493989779944505602,NULL);
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
INSERT INTO retry VALUES(7493989779944505856,2,2,1,4,1800000000500,0,'peer-unreachable','No answer.',1799999999000);
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
CREATE TABLE tally (
    name    TEXT PRIMARY KEY,  -- "vault", "retry"
    rows    INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    sum     BLOB NOT NULL,
    seal    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
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
INSERT INTO token VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','agent','anna','fixture',1700000000000,NULL,NULL,NULL);
CREATE INDEX stream_next_due ON stream (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX stream_subscriber ON stream (subscriber) WHERE subscriber IS NOT NULL;
CREATE INDEX stream_stage ON stream (stage) WHERE stage IS NOT NULL;
CREATE INDEX stream_review_due ON stream (review_due) WHERE review_due IS NOT NULL;
CREATE INDEX stream_provisional ON stream (provisional) WHERE provisional = 1;
CREATE INDEX esim_stock ON esim (state, type, stream);
CREATE INDEX esim_matching_id ON esim (matching_id) WHERE matching_id IS NOT NULL;
CREATE INDEX esim_eid ON esim (eid) WHERE eid IS NOT NULL;
CREATE INDEX entry_outbox ON entry (position) WHERE destinations <> 0;
CREATE INDEX retry_next_at ON retry (next_at) WHERE dead = 0;
CREATE INDEX retry_state ON retry (dead, destination);
CREATE INDEX awaited_receipt_until ON awaited_receipt (until);
CREATE INDEX token_holder ON token (holder);
COMMIT;
PRAGMA application_id = 1263553614;
PRAGMA user_version = 4;
