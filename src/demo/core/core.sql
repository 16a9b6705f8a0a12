-- A small core store, as a platform of neighbourly help might have it. All people are fictional.

CREATE TABLE platform (page TEXT NOT NULL);

CREATE TABLE region (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE person (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    first_name   TEXT NOT NULL,
    last_name    TEXT NOT NULL,
    birth_date   TEXT NOT NULL,
    email        TEXT NOT NULL,
    phone        TEXT NOT NULL,
    street       TEXT NOT NULL,
    house_number TEXT NOT NULL,
    postcode     TEXT NOT NULL,
    region_code  TEXT NOT NULL REFERENCES region (code),
    share        INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE item (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT GENERATED ALWAYS AS ('hulp-' || number) STORED UNIQUE,
    person       INTEGER NOT NULL REFERENCES person (number) ON DELETE CASCADE,
    kind         TEXT NOT NULL CHECK (kind IN ('request', 'offer')),
    title        TEXT NOT NULL,
    body         TEXT NOT NULL,
    language     TEXT,
    status       TEXT NOT NULL CHECK (status IN ('published', 'withdrawn')),
    visibility   TEXT NOT NULL DEFAULT 'public',
    approved     INTEGER,
    published_at TEXT NOT NULL,
    changed_at   TEXT NOT NULL
);
CREATE INDEX item_of_person ON item (person);
CREATE INDEX item_changed ON item (changed_at);

-- For the page of the demo alone: what happened last.
CREATE TABLE happening (
    seq   INTEGER PRIMARY KEY AUTOINCREMENT,
    at    TEXT NOT NULL,
    what  TEXT NOT NULL,
    items INTEGER NOT NULL
);

-- The contract with the gateway: what is published now …
CREATE VIEW syndication_item AS
SELECT item.id                                                AS id,
       'persoon-' || person.number                            AS author_id,
       item.kind                                              AS kind,
       person.first_name                                      AS first_name,
       region.code                                            AS region_code,
       region.name                                            AS region_name,
       item.title                                             AS title,
       item.body                                              AS body,
       item.language                                          AS language,
       (SELECT page FROM platform) || '/hulp/' || item.id     AS url,
       item.published_at                                      AS published_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', item.published_at, '+90 days') AS expires_at,
       person.share                                           AS share,
       item.approved                                          AS approved,
       item.visibility                                        AS visibility,
       person.birth_date <= date('now', '-18 years')          AS of_age,
       json_array(person.last_name, person.email, person.phone,
                  person.street || ' ' || person.house_number, person.postcode) AS withhold
  FROM item
  JOIN person ON person.number = item.person
  JOIN region ON region.code = person.region_code
 WHERE item.status = 'published';

-- … and which item may have changed.
CREATE TABLE syndication_change (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id TEXT NOT NULL
);

CREATE TRIGGER item_placed AFTER INSERT ON item BEGIN
    INSERT INTO syndication_change (item_id) VALUES (NEW.id);
END;
CREATE TRIGGER item_edited AFTER UPDATE ON item BEGIN
    INSERT INTO syndication_change (item_id) VALUES (NEW.id);
END;
CREATE TRIGGER item_deleted AFTER DELETE ON item BEGIN
    INSERT INTO syndication_change (item_id) VALUES (OLD.id);
END;
-- A person who is deleted takes the items along, and each of those is named by `item_deleted`.
CREATE TRIGGER person_changed AFTER UPDATE ON person BEGIN
    INSERT INTO syndication_change (item_id) SELECT id FROM item WHERE person = NEW.number;
END;

-- Ids of equal length sort as they were placed.
INSERT INTO sqlite_sequence (name, seq) VALUES ('item', 1000);
