-- The words of incidents, one row per language and kind: what is wrong, and what to do. Names in braces are the subject
-- and the numbers of the row. A kind that a language lacks is told in English, one that has no words by its name.
CREATE OR REPLACE VIEW app.incident_texts AS
SELECT
    language,
    kind,
    headline,
    what_to_do
FROM (
    VALUES
    (
        'en', 'sync_failed', '{subject}: the sync failed',
        'The next sync tries again. If it fails too: magflow history shows the errors, magflow check asks the'
        || ' marketplace.'
    ),
    (
        'ro', 'sync_failed', '{subject}: sincronizarea a eșuat',
        'Următoarea sincronizare încearcă din nou. Dacă eșuează și ea: magflow history arată erorile, magflow check'
        || ' întreabă eMAG.'
    ),
    (
        'en', 'sync_partial', '{subject}: the sync is partial',
        'What was read is stored, and the next sync tries again. If it stays partial: magflow history.'
    ),
    (
        'ro', 'sync_partial', '{subject}: sincronizarea este parțială',
        'Ce s-a citit este salvat, următoarea sincronizare încearcă din nou. Dacă rămâne parțială: magflow history.'
    ),
    (
        'en', 'credentials_refused', '{subject}: eMAG refuses the credentials',
        'Check user and password in .env, and this machine''s address on the account''s IP list in the eMAG panel.'
        || ' Then: magflow check {account}.'
    ),
    (
        'ro', 'credentials_refused', '{subject}: eMAG refuză datele de acces',
        'Verificați utilizatorul și parola din .env și adresa acestui calculator în lista de IP-uri a contului din'
        || ' panoul eMAG. Apoi: magflow check {account}.'
    ),
    (
        'en', 'account_late', '{subject}: last read {minutes} minutes ago',
        'Stock and report are as old. See whether the daemon runs (magflow up), then: magflow history, magflow sync'
        || ' {subject}.'
    ),
    (
        'ro', 'account_late', '{subject}: citit ultima dată acum {minutes} minute',
        'Stocul și raportul sunt la fel de vechi. Verificați dacă rulează serviciul (magflow up), apoi: magflow'
        || ' history, magflow sync {subject}.'
    ),
    (
        'en', 'orders_late', '{subject}: orders last read {minutes} minutes ago',
        'What is known of sales is as old. See whether the daemon runs (magflow up), then: magflow history, magflow'
        || ' orders {subject}.'
    ),
    (
        'ro', 'orders_late', '{subject}: comenzile au fost citite ultima dată acum {minutes} minute',
        'Ce se știe despre vânzări este la fel de vechi. Verificați dacă rulează serviciul (magflow up), apoi: magflow'
        || ' history, magflow orders {subject}.'
    ),
    (
        'en', 'build_failing', '{subject}: {failed} of the last day''s {builds} builds failed',
        'Offers are read, but not what follows from them. Look at the failed runs in the UI; magflow database migrate'
        || ' if the schema is older than the program.'
    ),
    (
        'ro', 'build_failing', '{subject}: {failed} din {builds} construiri ale ultimei zile au eșuat',
        'Ofertele sunt citite, dar nu și ce decurge din ele. Vedeți rulările eșuate în interfață; magflow database'
        || ' migrate dacă schema este mai veche decât programul.'
    ),
    (
        'en', 'report_stale', 'The low-stock report is behind for {minutes} minutes',
        'It is built by the daemon and at the end of each sync: see whether the daemon runs, or run magflow sync.'
    ),
    (
        'ro', 'report_stale', 'Raportul de stoc este în urmă de {minutes} minute',
        'Îl construiesc serviciul și fiecare sincronizare: verificați dacă serviciul rulează sau rulați magflow sync.'
    ),
    (
        'en', 'removal_held_back', '{subject}: {offers} offers did not come back, and were not marked removed',
        'Look in the eMAG panel. If they are there, the account''s rights are wrong; if they are gone: magflow'
        || ' accept-removal {subject}, then magflow sync {subject}.'
    ),
    (
        'ro', 'removal_held_back', '{subject}: {offers} oferte nu au mai apărut și nu au fost marcate ca șterse',
        'Verificați în panoul eMAG. Dacă sunt acolo, drepturile contului sunt greșite; dacă nu mai sunt: magflow'
        || ' accept-removal {subject}, apoi magflow sync {subject}.'
    ),
    (
        'en', 'rows_rejected', '{subject}: {rejected} of {received} offers could not be stored ({percent} %)',
        'eMAG sends them broken: SELECT * FROM emag_rejected_offers WHERE sync_log_id = {sync_id}. Correct them in the'
        || ' eMAG panel.'
    ),
    (
        'ro', 'rows_rejected', '{subject}: {rejected} din {received} oferte nu au putut fi salvate ({percent} %)',
        'eMAG le trimite greșite: SELECT * FROM emag_rejected_offers WHERE sync_log_id = {sync_id}. Corectați-le în'
        || ' panoul eMAG.'
    ),
    (
        'en', 'orders_rejected', '{subject}: {rejected} of {received} orders could not be stored ({percent} %)',
        'eMAG sends them broken: SELECT * FROM emag_rejected_orders WHERE sync_log_id = {sync_id}. Look them up by'
        || ' their number in the eMAG panel.'
    ),
    (
        'ro', 'orders_rejected', '{subject}: {rejected} din {received} comenzi nu au putut fi salvate ({percent} %)',
        'eMAG le trimite greșite: SELECT * FROM emag_rejected_orders WHERE sync_log_id = {sync_id}. Căutați-le după'
        || ' număr în panoul eMAG.'
    ),
    (
        'en', 'newly_critical', '{subject}: {items} items became critical within a day, {value_ron} RON to order',
        'Value at the sale price of what is missing. magflow report --account {subject} --status critical --status'
        || ' out_of_stock says how many to order, and from whom.'
    ),
    (
        'ro', 'newly_critical', '{subject}: {items} articole au devenit critice într-o zi, de comandat {value_ron} RON',
        'Valoarea la prețul de vânzare a ceea ce lipsește. magflow report --account {subject} --status critical'
        || ' --status out_of_stock arată câte se comandă și de la cine.'
    ),
    (
        'en', 'supplier_conflicts', '{conflicts} conflicts of suppliers, prices or matches',
        'magflow conflicts names them; what cannot both be right is for a person to settle.'
    ),
    (
        'ro', 'supplier_conflicts', '{conflicts} conflicte de furnizori, prețuri sau asocieri',
        'magflow conflicts le numește; o persoană trebuie să decidă care este corect.'
    ),
    (
        'en', 'buy_buttons_lost', '{subject}: {items} offers lost the buy button within a day',
        'The one that sells most sells RON {most_ron} a day. magflow prices --account {subject} --crossed names them,'
        || ' and which price would win.'
    ),
    (
        'ro', 'buy_buttons_lost', '{subject}: {items} oferte au pierdut butonul de cumpărare într-o zi',
        'Cea mai vândută dintre ele vinde de {most_ron} RON pe zi. magflow prices --account {subject} --crossed le'
        || ' numește și spune ce preț ar câștiga.'
    ),
    (
        'en', 'rates_old', 'Exchange rates are missing or old: {currencies}',
        'magflow rates read reads those of the National Bank; or enter them: magflow rates set EUR 5.09.'
    ),
    (
        'ro', 'rates_old', 'Cursuri valutare lipsă sau vechi: {currencies}',
        'magflow rates read le citește pe cele ale BNR; sau introduceți-le: magflow rates set EUR 5.09.'
    ),
    (
        'en', 'backup_not_proven', 'The newest back-up failed or is not proven',
        'Do not rely on it. Correct the cause, then: magflow database backup.'
    ),
    (
        'ro', 'backup_not_proven', 'Cea mai nouă copie de siguranță a eșuat sau nu este verificată',
        'Nu vă bazați pe ea. Corectați cauza, apoi: magflow database backup.'
    ),
    (
        'en', 'backup_old', 'No proven back-up for {hours} hours',
        'See whether the nightly database_backup runs (Automation in the UI), or run: magflow database backup.'
    ),
    (
        'ro', 'backup_old', 'Nicio copie de siguranță verificată de {hours} ore',
        'Verificați dacă rulează database_backup noaptea (Automation în interfață) sau rulați: magflow database backup.'
    ),
    (
        'en', 'disk_nearly_full', 'Disk of {subject} nearly full: {free_gb} of {total_gb} GB free',
        'Free space: a full disk stops the database. Shorter retentions (README: Settings) keep less.'
    ),
    (
        'ro', 'disk_nearly_full', 'Discul {subject} aproape plin: {free_gb} din {total_gb} GB liberi',
        'Eliberați spațiu: un disc plin oprește baza de date. Păstrări mai scurte (README: Settings) ocupă mai puțin.'
    ),
    (
        'en', 'daemon_silent', 'The daemon has been silent for {minutes} minutes',
        'Nothing is read until it is back: look at the console of magflow up, or docker compose ps, and start it again.'
    ),
    (
        'ro', 'daemon_silent', 'Serviciul nu mai răspunde de {minutes} minute',
        'Nu se citește nimic până nu revine: vedeți consola magflow up sau docker compose ps și porniți-l din nou.'
    ),
    (
        'en', 'channel_unreachable', 'Channel {subject} takes no messages: {failures} attempts failed',
        'See whether its address is still right (MAGFLOW_ALERT_URLS and others), then: magflow alerts test {subject}.'
    ),
    (
        'ro', 'channel_unreachable', 'Canalul {subject} nu primește mesaje: {failures} încercări eșuate',
        'Verificați adresa lui (MAGFLOW_ALERT_URLS și celelalte), apoi: magflow alerts test {subject}.'
    )
) AS told (language, kind, headline, what_to_do);
COMMENT ON VIEW app.incident_texts IS 'Words of incidents, per language and kind';
COMMENT ON COLUMN app.incident_texts.language IS 'en or ro';
COMMENT ON COLUMN app.incident_texts.kind IS 'What is wrong, such as sync_failed';
COMMENT ON COLUMN app.incident_texts.headline IS 'What is wrong, with the names of subject and numbers in braces';
COMMENT ON COLUMN app.incident_texts.what_to_do IS 'What to do about it, likewise';

CREATE OR REPLACE FUNCTION app.incident_sentence(template text, subject text, numbers jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    -- Cut at the braces, every second part is a name. What is put in is not looked through again.
    SELECT
        string_agg(
            CASE
                WHEN parts.place % 2 = 1 THEN parts.part
                WHEN parts.part = 'subject' THEN subject
                ELSE coalesce(numbers ->> parts.part, '?')
            END, '' ORDER BY parts.place
        )
    FROM string_to_table(replace(template, '}', '{'), '{') WITH ORDINALITY AS parts (part, place)
);
COMMENT ON FUNCTION app.incident_sentence(text, text, jsonb) IS
'A headline or what_to_do of incident_texts with the subject and the numbers of an incident';

CREATE OR REPLACE VIEW app.incident_messages AS
SELECT
    incident.id,
    spoken.language,
    incident.kind,
    incident.subject,
    incident.severity,
    incident.opened_at,
    incident.closed_at,
    incident.first_error,
    coalesce(
        app.incident_sentence(coalesce(own.headline, english.headline), incident.subject, incident.numbers),
        concat_ws(': ', nullif(incident.subject, ''), replace(incident.kind, '_', ' '))
    ) AS headline,
    app.incident_sentence(coalesce(own.what_to_do, english.what_to_do), incident.subject, incident.numbers)
        AS what_to_do,
    incident.worsened_at
FROM app.incidents AS incident
CROSS JOIN (VALUES ('en'), ('ro')) AS spoken (language)
LEFT JOIN app.incident_texts AS own ON incident.kind = own.kind AND spoken.language = own.language
LEFT JOIN app.incident_texts AS english ON incident.kind = english.kind AND english.language = 'en';
COMMENT ON VIEW app.incident_messages IS 'Each incident in words, one row per language';
COMMENT ON COLUMN app.incident_messages.id IS 'Number of the incident';
COMMENT ON COLUMN app.incident_messages.language IS 'en or ro';
COMMENT ON COLUMN app.incident_messages.kind IS 'What is wrong, such as sync_failed';
COMMENT ON COLUMN app.incident_messages.subject IS 'What it happened to';
COMMENT ON COLUMN app.incident_messages.severity IS 'info, warning or critical';
COMMENT ON COLUMN app.incident_messages.opened_at IS 'When it was first seen, UTC';
COMMENT ON COLUMN app.incident_messages.closed_at IS 'When it was seen to be over, UTC; null: open';
COMMENT ON COLUMN app.incident_messages.first_error IS 'The first error of it; null: none was told';
COMMENT ON COLUMN app.incident_messages.headline IS 'What is wrong, in words';
COMMENT ON COLUMN app.incident_messages.what_to_do IS 'What to do about it; null: the kind has no words yet';
COMMENT ON COLUMN app.incident_messages.worsened_at IS
'When it became as grave as it is, UTC; null: it opened so, or became less grave since';
