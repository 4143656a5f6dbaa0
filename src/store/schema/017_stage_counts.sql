R"sql(
-- Version 17 of the store: how many streams there are at each stage, so that nobody who asks counts them. By triggers, in
-- the change that moves the stream, whoever makes it; `verify` counts again (store_check.cpp).
CREATE TABLE stage_count (
    stage   TEXT PRIMARY KEY,
    streams INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO stage_count (stage, streams) SELECT stage, count(*) FROM stream WHERE stage IS NOT NULL GROUP BY stage;
CREATE TRIGGER stage_of_new AFTER INSERT ON stream WHEN NEW.stage IS NOT NULL BEGIN
    INSERT INTO stage_count (stage, streams) VALUES (NEW.stage, 1)
        ON CONFLICT (stage) DO UPDATE SET streams = streams + 1;
END;
CREATE TRIGGER stage_left AFTER UPDATE OF stage ON stream
    WHEN OLD.stage IS NOT NULL AND OLD.stage IS NOT NEW.stage BEGIN
    UPDATE stage_count SET streams = streams - 1 WHERE stage = OLD.stage;
END;
CREATE TRIGGER stage_reached AFTER UPDATE OF stage ON stream
    WHEN NEW.stage IS NOT NULL AND OLD.stage IS NOT NEW.stage BEGIN
    INSERT INTO stage_count (stage, streams) VALUES (NEW.stage, 1)
        ON CONFLICT (stage) DO UPDATE SET streams = streams + 1;
END;
CREATE TRIGGER stage_of_gone AFTER DELETE ON stream WHEN OLD.stage IS NOT NULL BEGIN
    UPDATE stage_count SET streams = streams - 1 WHERE stage = OLD.stage;
END;
)sql"
