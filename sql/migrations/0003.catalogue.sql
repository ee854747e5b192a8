-- depends: 0002.sync-logs
-- What eMAG says of the seller's offers. Every column here is eMAG's: no person writes these tables.

CREATE TABLE app.raw_emag_product_bodies (
    sha256 bytea PRIMARY KEY CHECK (length(sha256) = 32),
    body_zlib bytea NOT NULL,
    body_bytes integer NOT NULL CHECK (body_bytes >= 0),
    first_fetched_at timestamptz NOT NULL
);
ALTER TABLE app.raw_emag_product_bodies ALTER COLUMN body_zlib SET STORAGE EXTERNAL; -- already compressed
COMMENT ON TABLE app.raw_emag_product_bodies IS 'Bodies of answers as received, each once, whatever they hold';
COMMENT ON COLUMN app.raw_emag_product_bodies.sha256 IS 'SHA-256 of the body as received';
COMMENT ON COLUMN app.raw_emag_product_bodies.body_zlib IS 'The body, compressed with zlib';
COMMENT ON COLUMN app.raw_emag_product_bodies.body_bytes IS 'Size of the body as received, bytes';
COMMENT ON COLUMN app.raw_emag_product_bodies.first_fetched_at IS 'When this body was first received, UTC';

CREATE TABLE app.raw_emag_product_pages (
    sync_log_id bigint NOT NULL REFERENCES app.emag_sync_logs (id) ON DELETE CASCADE,
    page integer NOT NULL CHECK (page >= 1),
    account_type text NOT NULL,
    fetched_at timestamptz NOT NULL,
    http_status smallint NOT NULL,
    duration_ms integer NOT NULL CHECK (duration_ms >= 0),
    item_count integer NOT NULL CHECK (item_count >= 0),
    created_items integer NOT NULL,
    updated_items integer NOT NULL,
    unchanged_items integer NOT NULL,
    failed_items integer NOT NULL,
    duplicate_items integer NOT NULL,
    body_sha256 bytea NOT NULL REFERENCES app.raw_emag_product_bodies (sha256),
    PRIMARY KEY (sync_log_id, page)
);
CREATE INDEX raw_emag_product_pages_body ON app.raw_emag_product_pages (body_sha256);
CREATE INDEX raw_emag_product_pages_recent ON app.raw_emag_product_pages (account_type, fetched_at);
COMMENT ON TABLE app.raw_emag_product_pages IS
'One row per page stored by a sync, with its body in raw_emag_product_bodies';
COMMENT ON COLUMN app.raw_emag_product_pages.sync_log_id IS 'The sync that read the page';
COMMENT ON COLUMN app.raw_emag_product_pages.page IS 'Page number, from 1';
COMMENT ON COLUMN app.raw_emag_product_pages.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.raw_emag_product_pages.fetched_at IS 'When the answer was complete, UTC';
COMMENT ON COLUMN app.raw_emag_product_pages.http_status IS 'HTTP status of the answer';
COMMENT ON COLUMN app.raw_emag_product_pages.duration_ms IS 'Milliseconds from sending the request to the whole answer';
COMMENT ON COLUMN app.raw_emag_product_pages.item_count IS
'Rows on the page = created + updated + unchanged + failed + duplicate';
COMMENT ON COLUMN app.raw_emag_product_pages.created_items IS 'Offers seen for the first time';
COMMENT ON COLUMN app.raw_emag_product_pages.updated_items IS 'Offers whose content changed';
COMMENT ON COLUMN app.raw_emag_product_pages.unchanged_items IS 'Offers seen again as they were';
COMMENT ON COLUMN app.raw_emag_product_pages.failed_items IS 'Rows that went to emag_rejected_offers';
COMMENT ON COLUMN app.raw_emag_product_pages.duplicate_items IS 'Rows of an offer that the sync had already received';
COMMENT ON COLUMN app.raw_emag_product_pages.body_sha256 IS 'The body as received';

CREATE TABLE app.emag_products_v2 (
    account_type text NOT NULL CHECK (account_type = lower(account_type) AND account_type <> ''),
    emag_id bigint NOT NULL CHECK (emag_id > 0),
    sku text NOT NULL CHECK (sku <> ''),
    part_number_key text,
    name text,
    brand text,
    category_id bigint,
    description text,
    url text,
    images jsonb NOT NULL DEFAULT '[]',
    characteristics jsonb NOT NULL DEFAULT '[]',
    ean text[] NOT NULL DEFAULT '{}',
    price numeric(14, 4) CHECK (price > 0),
    currency text,
    vat_id bigint,
    warranty integer,
    stock_quantity bigint NOT NULL CHECK (stock_quantity >= 0),
    general_stock bigint,
    estimated_stock bigint,
    status smallint NOT NULL,
    ownership boolean,
    validation_status smallint[] NOT NULL DEFAULT '{}',
    translation_validation_status smallint[] NOT NULL DEFAULT '{}',
    offer_validation_status smallint,
    validation_errors jsonb,
    family_id bigint,
    family_name text,
    family_type_id bigint,
    genius_eligibility smallint,
    genius_eligibility_type smallint,
    genius_computed smallint,
    notes text[] NOT NULL DEFAULT '{}',
    content_hash bytea NOT NULL,
    sync_status text NOT NULL DEFAULT 'synced' CHECK (sync_status IN ('synced', 'error')),
    sync_error text,
    last_sync_id bigint,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    last_synced_at timestamptz NOT NULL,
    removed_at timestamptz,
    is_active boolean NOT NULL GENERATED ALWAYS AS (status = 1 AND removed_at IS NULL) STORED,
    PRIMARY KEY (account_type, emag_id),
    CHECK ((sync_status = 'error') = (sync_error IS NOT NULL))
) WITH (fillfactor = 80); -- last_synced_at changes at every sync: room for it on the same page
CREATE INDEX emag_products_v2_sku ON app.emag_products_v2 (sku, account_type);
CREATE INDEX emag_products_v2_part_number_key ON app.emag_products_v2 (part_number_key);

COMMENT ON TABLE app.emag_products_v2 IS 'One row per account and eMAG offer id: what the product is';
COMMENT ON COLUMN app.emag_products_v2.account_type IS 'Account, lower case, such as main or fbe';
COMMENT ON COLUMN app.emag_products_v2.emag_id IS 'Seller''s offer id, the key within an account (eMAG: id)';
COMMENT ON COLUMN app.emag_products_v2.sku IS 'Seller''s SKU, joins eMAG to products.sku (eMAG: part_number)';
COMMENT ON COLUMN app.emag_products_v2.part_number_key IS
'eMAG catalogue code (PNK), the same in both accounts; null until eMAG approves the product';
COMMENT ON COLUMN app.emag_products_v2.name IS
'Title as the seller sent it; null on products that somebody else documents';
COMMENT ON COLUMN app.emag_products_v2.brand IS 'Brand as the seller sent it, else eMAG''s';
COMMENT ON COLUMN app.emag_products_v2.category_id IS 'eMAG category id';
COMMENT ON COLUMN app.emag_products_v2.description IS 'Description as sent, HTML';
COMMENT ON COLUMN app.emag_products_v2.url IS 'Product page on the seller''s own site';
COMMENT ON COLUMN app.emag_products_v2.images IS 'List of {url, display_type}';
COMMENT ON COLUMN app.emag_products_v2.characteristics IS 'List of {id, tag, value}; an id may repeat';
COMMENT ON COLUMN app.emag_products_v2.ean IS 'Bar codes as text, leading zeros kept';
COMMENT ON COLUMN app.emag_products_v2.price IS 'Selling price without VAT, in currency; null when eMAG gives none';
COMMENT ON COLUMN app.emag_products_v2.currency IS 'ISO 4217 code that eMAG gives with the row';
COMMENT ON COLUMN app.emag_products_v2.vat_id IS 'eMAG''s VAT id, to be resolved through vat/read';
COMMENT ON COLUMN app.emag_products_v2.warranty IS 'Warranty, months';
COMMENT ON COLUMN app.emag_products_v2.stock_quantity IS
'Pieces: sum of stock[].value, else general_stock, else 0; a negative one is stored as 0 and noted';
COMMENT ON COLUMN app.emag_products_v2.general_stock IS 'general_stock as eMAG told it, pieces';
COMMENT ON COLUMN app.emag_products_v2.estimated_stock IS
'general_stock less reservations of unacknowledged orders, pieces';
COMMENT ON COLUMN app.emag_products_v2.status IS '0 inactive, 1 active, 2 end of life';
COMMENT ON COLUMN app.emag_products_v2.ownership IS 'Whether the seller may edit the documentation';
COMMENT ON COLUMN app.emag_products_v2.validation_status IS
'Documentation status, one or more codes (9 approved, 3 waits for EAN ...)';
COMMENT ON COLUMN app.emag_products_v2.translation_validation_status IS 'The same of the translation';
COMMENT ON COLUMN app.emag_products_v2.offer_validation_status IS '1 saleable, 2 price waits for a check';
COMMENT ON COLUMN app.emag_products_v2.validation_errors IS 'What eMAG says is wrong with the documentation';
COMMENT ON COLUMN app.emag_products_v2.family_id IS 'Family of variants; null for none';
COMMENT ON COLUMN app.emag_products_v2.family_name IS 'Name of the family of variants';
COMMENT ON COLUMN app.emag_products_v2.family_type_id IS 'eMAG family type';
COMMENT ON COLUMN app.emag_products_v2.genius_eligibility IS '1 eligible for Genius, 0 not';
COMMENT ON COLUMN app.emag_products_v2.genius_eligibility_type IS '1 full, 2 EasyBox, 3 home delivery';
COMMENT ON COLUMN app.emag_products_v2.genius_computed IS '0 not active in Genius, else the active type';
COMMENT ON COLUMN app.emag_products_v2.notes IS 'What had to be normalised in this row, one sentence each';
COMMENT ON COLUMN app.emag_products_v2.content_hash IS 'SHA-256 of the content; market fields are not in it';
COMMENT ON COLUMN app.emag_products_v2.sync_status IS
'synced, or error: the newest row of this offer could not be stored';
COMMENT ON COLUMN app.emag_products_v2.sync_error IS 'Why not';
COMMENT ON COLUMN app.emag_products_v2.last_sync_id IS 'The sync that last saw the offer (emag_sync_logs.id)';
COMMENT ON COLUMN app.emag_products_v2.created_at IS 'First seen, UTC';
COMMENT ON COLUMN app.emag_products_v2.updated_at IS 'Content last changed, UTC';
COMMENT ON COLUMN app.emag_products_v2.last_synced_at IS 'Last seen, UTC';
COMMENT ON COLUMN app.emag_products_v2.removed_at IS
'When it was concluded that the offer is gone, UTC; null while it is there';
COMMENT ON COLUMN app.emag_products_v2.is_active IS 'status 1 and not removed, derived';

CREATE TABLE app.emag_product_offers_v2 (
    account_type text NOT NULL,
    emag_offer_id bigint NOT NULL,
    sku text NOT NULL,
    price numeric(14, 4),
    original_price numeric(14, 4),
    sale_price numeric(14, 4) CHECK (sale_price > 0),
    min_sale_price numeric(14, 4),
    max_sale_price numeric(14, 4),
    recommended_price numeric(14, 4),
    currency text,
    vat_id bigint,
    stock bigint NOT NULL CHECK (stock >= 0),
    reserved_stock bigint NOT NULL CHECK (reserved_stock >= 0),
    available_stock bigint NOT NULL GENERATED ALWAYS AS (stock - reserved_stock) STORED,
    handling_time integer,
    status smallint NOT NULL,
    offer_validation_status smallint,
    visibility text NOT NULL CHECK (visibility IN ('visible', 'hidden')),
    is_available boolean NOT NULL,
    sync_attempts integer NOT NULL DEFAULT 0 CHECK (sync_attempts >= 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    last_synced_at timestamptz NOT NULL,
    PRIMARY KEY (account_type, emag_offer_id),
    FOREIGN KEY (account_type, emag_offer_id)
    REFERENCES app.emag_products_v2 (account_type, emag_id) ON DELETE CASCADE,
    CHECK (NOT is_available OR price IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX emag_product_offers_v2_sku ON app.emag_product_offers_v2 (sku, account_type);

COMMENT ON TABLE app.emag_product_offers_v2 IS
'One row per account and eMAG offer id: on what terms the product is sold. All prices without VAT';
COMMENT ON COLUMN app.emag_product_offers_v2.account_type IS 'Account, lower case, such as main or fbe';
COMMENT ON COLUMN app.emag_product_offers_v2.emag_offer_id IS 'Seller''s offer id = emag_products_v2.emag_id';
COMMENT ON COLUMN app.emag_product_offers_v2.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.emag_product_offers_v2.price IS
'Selling price = sale_price, without VAT, in currency; null when there is none';
COMMENT ON COLUMN app.emag_product_offers_v2.original_price IS
'Price before the discount: recommended_price where it is above sale_price, else sale_price';
COMMENT ON COLUMN app.emag_product_offers_v2.sale_price IS 'Selling price, in currency';
COMMENT ON COLUMN app.emag_product_offers_v2.min_sale_price IS
'Lowest price that eMAG accepts for the offer, in currency';
COMMENT ON COLUMN app.emag_product_offers_v2.max_sale_price IS
'Highest price that eMAG accepts for the offer, in currency';
COMMENT ON COLUMN app.emag_product_offers_v2.recommended_price IS
'Recommended price, in currency; null when eMAG gives none or 0';
COMMENT ON COLUMN app.emag_product_offers_v2.currency IS 'ISO 4217 code that eMAG gives with the row';
COMMENT ON COLUMN app.emag_product_offers_v2.vat_id IS 'eMAG''s VAT id';
COMMENT ON COLUMN app.emag_product_offers_v2.stock IS 'Pieces published';
COMMENT ON COLUMN app.emag_product_offers_v2.reserved_stock IS
'Pieces in unacknowledged orders: general_stock less estimated_stock of the same read, at least 0';
COMMENT ON COLUMN app.emag_product_offers_v2.available_stock IS
'stock less reserved_stock, derived; negative when oversold';
COMMENT ON COLUMN app.emag_product_offers_v2.handling_time IS 'Days until the seller hands over the parcel';
COMMENT ON COLUMN app.emag_product_offers_v2.status IS '0 inactive, 1 active, 2 end of life';
COMMENT ON COLUMN app.emag_product_offers_v2.offer_validation_status IS '1 saleable, 2 price waits for a check';
COMMENT ON COLUMN app.emag_product_offers_v2.visibility IS 'visible: active, priced and validated by eMAG; else hidden';
COMMENT ON COLUMN app.emag_product_offers_v2.is_available IS 'visible and in stock: a customer can buy it';
COMMENT ON COLUMN app.emag_product_offers_v2.sync_attempts IS
'Syncs in a row that could not store the offer; 0 after one that could';
COMMENT ON COLUMN app.emag_product_offers_v2.created_at IS 'First seen, UTC';
COMMENT ON COLUMN app.emag_product_offers_v2.updated_at IS 'Content last changed, UTC';
COMMENT ON COLUMN app.emag_product_offers_v2.last_synced_at IS 'Last seen, UTC';

CREATE TABLE app.emag_offer_market_history (
    account_type text NOT NULL,
    emag_offer_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    buy_button_rank integer,
    best_offer_sale_price numeric(14, 4),
    best_offer_recommended_price numeric(14, 4),
    number_of_offers integer,
    PRIMARY KEY (account_type, emag_offer_id, observed_at),
    FOREIGN KEY (account_type, emag_offer_id)
    REFERENCES app.emag_products_v2 (account_type, emag_id) ON DELETE CASCADE
);
COMMENT ON TABLE app.emag_offer_market_history IS
'What competitors do around an offer: a row when one of the values changes, valid until the next row';
COMMENT ON COLUMN app.emag_offer_market_history.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.emag_offer_market_history.emag_offer_id IS 'Seller''s offer id';
COMMENT ON COLUMN app.emag_offer_market_history.observed_at IS 'When the new values were read, UTC';
COMMENT ON COLUMN app.emag_offer_market_history.buy_button_rank IS
'Position in the race for the buy button; null when not competing';
COMMENT ON COLUMN app.emag_offer_market_history.best_offer_sale_price IS
'Best price of any seller on the product, without VAT';
COMMENT ON COLUMN app.emag_offer_market_history.best_offer_recommended_price IS
'Recommended price of that offer, without VAT';
COMMENT ON COLUMN app.emag_offer_market_history.number_of_offers IS 'Sellers with active offers on the product';

CREATE TABLE app.stock_snapshots (
    account_type text NOT NULL,
    sku text NOT NULL,
    day date NOT NULL,
    first_stock bigint NOT NULL,
    min_stock bigint NOT NULL,
    max_stock bigint NOT NULL,
    last_stock bigint NOT NULL,
    samples integer NOT NULL CHECK (samples > 0),
    samples_in_stock integer NOT NULL CHECK (samples_in_stock BETWEEN 0 AND samples),
    PRIMARY KEY (account_type, sku, day),
    CHECK (min_stock <= least(first_stock, last_stock) AND max_stock >= greatest(first_stock, last_stock))
);
COMMENT ON TABLE app.stock_snapshots IS
'Stock per account, SKU and Bucharest day, from the first sync on; cannot be rebuilt';
COMMENT ON COLUMN app.stock_snapshots.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.stock_snapshots.sku IS 'Seller''s SKU';
COMMENT ON COLUMN app.stock_snapshots.day IS 'Day in Europe/Bucharest';
COMMENT ON COLUMN app.stock_snapshots.first_stock IS 'Pieces at the first sync of the day';
COMMENT ON COLUMN app.stock_snapshots.min_stock IS 'Fewest pieces of the day';
COMMENT ON COLUMN app.stock_snapshots.max_stock IS 'Most pieces of the day';
COMMENT ON COLUMN app.stock_snapshots.last_stock IS 'Pieces at the last sync of the day';
COMMENT ON COLUMN app.stock_snapshots.samples IS 'Syncs that saw the SKU that day';
COMMENT ON COLUMN app.stock_snapshots.samples_in_stock IS 'Syncs that saw it with stock';

CREATE TABLE app.emag_rejected_offers (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    account_type text NOT NULL,
    sync_log_id bigint NOT NULL REFERENCES app.emag_sync_logs (id) ON DELETE CASCADE,
    page integer NOT NULL,
    emag_offer_id bigint,
    reason text NOT NULL,
    payload bytea NOT NULL,
    rejected_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX emag_rejected_offers_sync ON app.emag_rejected_offers (sync_log_id);
COMMENT ON TABLE app.emag_rejected_offers IS
'Rows that could not be stored, with the reason: nothing is dropped in silence';
COMMENT ON COLUMN app.emag_rejected_offers.id IS 'Number of the row';
COMMENT ON COLUMN app.emag_rejected_offers.account_type IS 'Account, lower case';
COMMENT ON COLUMN app.emag_rejected_offers.sync_log_id IS 'The sync that received it';
COMMENT ON COLUMN app.emag_rejected_offers.page IS 'The page it was on';
COMMENT ON COLUMN app.emag_rejected_offers.emag_offer_id IS 'Offer id, when the row has a usable one';
COMMENT ON COLUMN app.emag_rejected_offers.reason IS 'What is wrong with it';
COMMENT ON COLUMN app.emag_rejected_offers.payload IS 'The row as JSON, UTF-8 bytes (jsonb refuses NUL characters)';
COMMENT ON COLUMN app.emag_rejected_offers.rejected_at IS 'When, UTC';
