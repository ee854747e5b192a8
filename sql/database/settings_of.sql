-- The settings of a database for every role. Parameter: name. One that freezes it would freeze the restore too.

SELECT
    split_part(setting, '=', 1) AS name,
    substr(setting, strpos(setting, '=') + 1) AS value
FROM pg_db_role_setting AS role_setting
INNER JOIN pg_database AS database ON role_setting.setdatabase = database.oid
CROSS JOIN unnest(role_setting.setconfig) AS setting
WHERE
    database.datname = %(name)s
    AND role_setting.setrole = 0
    AND setting NOT LIKE 'default\_transaction\_read\_only=%%';
