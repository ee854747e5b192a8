-- What sql/migrations make of an empty database. Written by `make schema`.

CREATE SCHEMA app;

COMMENT ON SCHEMA app IS 'MagFlow: offers, inventory, suppliers and the low-stock report of one eMAG seller';

CREATE SCHEMA limits;

COMMENT ON SCHEMA limits IS 'Permits to send requests, counted over all processes; PyrateLimiter makes its tables here';

CREATE SCHEMA migrations;

CREATE FUNCTION app.claim_supplier_name() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'app', 'pg_temp'
    AS $$
DECLARE
    names text[] := ARRAY[NEW.identity];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        names := names || OLD.identity;
    END IF;
    -- Prices belong to who has their name now, before who had it.
    IF EXISTS (
        SELECT FROM app.suppliers AS former
        INNER JOIN app.suppliers AS named ON named.identity = any(names) AND named.identity = any(former.former_names)
        WHERE former.former_names <> '{}'
    ) THEN
        UPDATE app.product_supplier_sheets AS sheet
        SET supplier_id = NULL
        FROM app.suppliers AS former, app.suppliers AS named
        WHERE
            former.former_names <> '{}'
            AND named.identity = any(names)
            AND named.identity = any(former.former_names)
            AND sheet.supplier_id = former.id
            AND app.normalized_name(sheet.supplier_name) = named.identity;
    END IF;
    IF EXISTS (SELECT FROM app.suppliers AS listed WHERE listed.identity = NEW.identity AND listed.is_from_list) THEN
        BEGIN
            DELETE FROM app.suppliers AS listed WHERE listed.identity = NEW.identity AND listed.is_from_list;
        EXCEPTION WHEN foreign_key_violation THEN
            NULL; -- matches or orders name it already: a conflict that people settle
        END;
    END IF;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION app.claim_supplier_name() IS 'Trigger: a supplier that is entered or renamed gets the prices under his name, and replaces the row a list made';

CREATE FUNCTION app.forget_raw_hash() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'app', 'pg_temp'
    AS $$
BEGIN
    UPDATE app.emag_offers_seen
    SET raw_hash = NULL
    WHERE account_type = new.account_type AND emag_id = new.emag_id AND raw_hash IS NOT NULL;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION app.forget_raw_hash() IS 'Trigger of an offer that is taken for gone, for more than a bound, or could not be stored: lets the next sync read its row whatever its bytes are';

CREATE FUNCTION app.keep_counted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'app', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO app.metric_totals AS total (name, labels, value)
    SELECT counted.name, counted.labels, counted.value FROM app.counters(TG_TABLE_NAME, OLD.id) AS counted
    ON CONFLICT (name, labels) DO UPDATE SET value = total.value + excluded.value;
    RETURN OLD;
END $$;

COMMENT ON FUNCTION app.keep_counted() IS 'Trigger of a row that is deleted: what it had counted stays in metric_totals';

CREATE FUNCTION app.listed_status(status text, is_kept boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((NOT is_kept) AND (status = ANY (ARRAY['out_of_stock'::text, 'critical'::text, 'low_stock'::text]))) THEN 'not_kept'::text ELSE status END;

COMMENT ON FUNCTION app.listed_status(status text, is_kept boolean) IS 'As what an item is counted: its status, or not_kept where it runs out and is_kept is false';

CREATE FUNCTION app.no_end_is_null() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.manual_valid_until := NULL;
    RETURN NEW;
END $$;

COMMENT ON FUNCTION app.no_end_is_null() IS 'Trigger: manual levels that are valid until infinity have no last day';

CREATE FUNCTION app.normalized_name(name text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
        DECLARE
            folded text;
        BEGIN
            IF octet_length(name) = length(name) THEN
                IF name ~ '^[!-~]+( [!-~]+)*$' COLLATE "C" THEN
                    RETURN lower(name COLLATE "C");
                END IF;
                RETURN app.spaced(lower(name COLLATE "C"));
            END IF;
            folded := lower(normalize(app.visible(name), NFKD) COLLATE "C");
            -- ASCII, accents but the Greek iota, and Chinese: of these only the comma below changes.
            IF folded
                ~ '^[\u0001-\u007f\u0300-\u0344\u0346-\u036f\u3001-\u3002\u4e00-\u9fff]*$' COLLATE "C" THEN
                folded := replace(folded, chr(806), chr(807));
            ELSE
                folded := translate(folded, 'ÆÐØÞĐĦŁŊŒŦƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƢƤƦƧƩƬƮƱƲƳƵƷƸƼǤǶǷȜȠȢȤȺȻȽȾɁɃɄɅɆɈɊɌɎ̦ͅͰͲͶͿΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςϏϘϚϜϞϠϢϤϦϨϪϬϮϷϺϽϾϿЂЄЅІЈЉЊЋЏАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӃӅӇӉӋӍӔӘӠӨӶӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖႠႡႢႣႤႥႦႧႨႩႪႫႬႭႮႯႰႱႲႳႴႵႶႷႸႹႺႻႼႽႾႿჀჁჂჃჄჅჇჍᏸᏹᏺᏻᏼᏽᲀᲁᲂᲃᲄᲅᲆᲇᲈᲉᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾᲿỺỼỾℲↃⰀⰁⰂⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑⰒⰓⰔⰕⰖⰗⰘⰙⰚⰛⰜⰝⰞⰟⰠⰡⰢⰣⰤⰥⰦⰧⰨⰩⰪⰫⰬⰭⰮⰯⱠⱢⱣⱤⱧⱩⱫⱭⱮⱯⱰⱲⱵⱾⱿⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜⳞⳠⳢⳫⳭⳲꙀꙂꙄꙆꙈꙊꙌꙎꙐꙒꙔꙖꙘꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊꚌꚎꚐꚒꚔꚖꚘꚚꜢꜤꜦꜨꜪꜬꜮꜲꜴꜶꜸꜺꜼꜾꝀꝂꝄꝆꝈꝊꝌꝎꝐꝒꝔꝖꝘꝚꝜꝞꝠꝢꝤꝦꝨꝪꝬꝮꝹꝻꝽꝾꞀꞂꞄꞆꞋꞍꞐꞒꞖꞘꞚꞜꞞꞠꞢꞤꞦꞨꞪꞫꞬꞭꞮꞰꞱꞲꞳꞴꞶꞸꞺꞼꞾꟀꟂꟄꟅꟆꟇꟉꟋꟌꟐꟖꟘꟚꟜꟵꭰꭱꭲꭳꭴꭵꭶꭷꭸꭹꭺꭻꭼꭽꭾꭿꮀꮁꮂꮃꮄꮅꮆꮇꮈꮉꮊꮋꮌꮍꮎꮏꮐꮑꮒꮓꮔꮕꮖꮗꮘꮙꮚꮛꮜꮝꮞꮟꮠꮡꮢꮣꮤꮥꮦꮧꮨꮩꮪꮫꮬꮭꮮꮯꮰꮱꮲꮳꮴꮵꮶꮷꮸꮹꮺꮻꮼꮽꮾꮿ𐐀𐐁𐐂𐐃𐐄𐐅𐐆𐐇𐐈𐐉𐐊𐐋𐐌𐐍𐐎𐐏𐐐𐐑𐐒𐐓𐐔𐐕𐐖𐐗𐐘𐐙𐐚𐐛𐐜𐐝𐐞𐐟𐐠𐐡𐐢𐐣𐐤𐐥𐐦𐐧𐒰𐒱𐒲𐒳𐒴𐒵𐒶𐒷𐒸𐒹𐒺𐒻𐒼𐒽𐒾𐒿𐓀𐓁𐓂𐓃𐓄𐓅𐓆𐓇𐓈𐓉𐓊𐓋𐓌𐓍𐓎𐓏𐓐𐓑𐓒𐓓𐕰𐕱𐕲𐕳𐕴𐕵𐕶𐕷𐕸𐕹𐕺𐕼𐕽𐕾𐕿𐖀𐖁𐖂𐖃𐖄𐖅𐖆𐖇𐖈𐖉𐖊𐖌𐖍𐖎𐖏𐖐𐖑𐖒𐖔𐖕𐲀𐲁𐲂𐲃𐲄𐲅𐲆𐲇𐲈𐲉𐲊𐲋𐲌𐲍𐲎𐲏𐲐𐲑𐲒𐲓𐲔𐲕𐲖𐲗𐲘𐲙𐲚𐲛𐲜𐲝𐲞𐲟𐲠𐲡𐲢𐲣𐲤𐲥𐲦𐲧𐲨𐲩𐲪𐲫𐲬𐲭𐲮𐲯𐲰𐲱𐲲𐵐𐵑𐵒𐵓𐵔𐵕𐵖𐵗𐵘𐵙𐵚𐵛𐵜𐵝𐵞𐵟𐵠𐵡𐵢𐵣𐵤𐵥𑢠𑢡𑢢𑢣𑢤𑢥𑢦𑢧𑢨𑢩𑢪𑢫𑢬𑢭𑢮𑢯𑢰𑢱𑢲𑢳𑢴𑢵𑢶𑢷𑢸𑢹𑢺𑢻𑢼𑢽𑢾𑢿𖹀𖹁𖹂𖹃𖹄𖹅𖹆𖹇𖹈𖹉𖹊𖹋𖹌𖹍𖹎𖹏𖹐𖹑𖹒𖹓𖹔𖹕𖹖𖹗𖹘𖹙𖹚𖹛𖹜𖹝𖹞𖹟𞤀𞤁𞤂𞤃𞤄𞤅𞤆𞤇𞤈𞤉𞤊𞤋𞤌𞤍𞤎𞤏𞤐𞤑𞤒𞤓𞤔𞤕𞤖𞤗𞤘𞤙𞤚𞤛𞤜𞤝𞤞𞤟𞤠𞤡ẞ', 'æðøþđħłŋœŧɓƃƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵƣƥʀƨʃƭʈʊʋƴƶʒƹƽǥƕƿȝƞȣȥⱥȼƚⱦɂƀʉʌɇɉɋɍɏ̧ιͱͳͷϳαβγδεζηθικλμνξοπρστυφχψωσϗϙϛϝϟϡϣϥϧϩϫϭϯϸϻͻͼͽђєѕіјљњћџабвгдежзиклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӄӆӈӊӌӎӕәӡөӷӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆⴀⴁⴂⴃⴄⴅⴆⴇⴈⴉⴊⴋⴌⴍⴎⴏⴐⴑⴒⴓⴔⴕⴖⴗⴘⴙⴚⴛⴜⴝⴞⴟⴠⴡⴢⴣⴤⴥⴧⴭᏰᏱᏲᏳᏴᏵвдосттъѣꙋᲊაბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶჷჸჹჺჽჾჿỻỽỿⅎↄⰰⰱⰲⰳⰴⰵⰶⰷⰸⰹⰺⰻⰼⰽⰾⰿⱀⱁⱂⱃⱄⱅⱆⱇⱈⱉⱊⱋⱌⱍⱎⱏⱐⱑⱒⱓⱔⱕⱖⱗⱘⱙⱚⱛⱜⱝⱞⱟⱡɫᵽɽⱨⱪⱬɑɱɐɒⱳⱶȿɀⲁⲃⲅⲇⲉⲋⲍⲏⲑⲓⲕⲗⲙⲛⲝⲟⲡⲣⲥⲧⲩⲫⲭⲯⲱⲳⲵⲷⲹⲻⲽⲿⳁⳃⳅⳇⳉⳋⳍⳏⳑⳓⳕⳗⳙⳛⳝⳟⳡⳣⳬⳮⳳꙁꙃꙅꙇꙉꙋꙍꙏꙑꙓꙕꙗꙙꙛꙝꙟꙡꙣꙥꙧꙩꙫꙭꚁꚃꚅꚇꚉꚋꚍꚏꚑꚓꚕꚗꚙꚛꜣꜥꜧꜩꜫꜭꜯꜳꜵꜷꜹꜻꜽꜿꝁꝃꝅꝇꝉꝋꝍꝏꝑꝓꝕꝗꝙꝛꝝꝟꝡꝣꝥꝧꝩꝫꝭꝯꝺꝼᵹꝿꞁꞃꞅꞇꞌɥꞑꞓꞗꞙꞛꞝꞟꞡꞣꞥꞧꞩɦɜɡɬɪʞʇʝꭓꞵꞷꞹꞻꞽꞿꟁꟃꞔʂᶎꟈꟊɤꟍꟑꟗꟙꟛƛꟶᎠᎡᎢᎣᎤᎥᎦᎧᎨᎩᎪᎫᎬᎭᎮᎯᎰᎱᎲᎳᎴᎵᎶᎷᎸᎹᎺᎻᎼᎽᎾᎿᏀᏁᏂᏃᏄᏅᏆᏇᏈᏉᏊᏋᏌᏍᏎᏏᏐᏑᏒᏓᏔᏕᏖᏗᏘᏙᏚᏛᏜᏝᏞᏟᏠᏡᏢᏣᏤᏥᏦᏧᏨᏩᏪᏫᏬᏭᏮᏯ𐐨𐐩𐐪𐐫𐐬𐐭𐐮𐐯𐐰𐐱𐐲𐐳𐐴𐐵𐐶𐐷𐐸𐐹𐐺𐐻𐐼𐐽𐐾𐐿𐑀𐑁𐑂𐑃𐑄𐑅𐑆𐑇𐑈𐑉𐑊𐑋𐑌𐑍𐑎𐑏𐓘𐓙𐓚𐓛𐓜𐓝𐓞𐓟𐓠𐓡𐓢𐓣𐓤𐓥𐓦𐓧𐓨𐓩𐓪𐓫𐓬𐓭𐓮𐓯𐓰𐓱𐓲𐓳𐓴𐓵𐓶𐓷𐓸𐓹𐓺𐓻𐖗𐖘𐖙𐖚𐖛𐖜𐖝𐖞𐖟𐖠𐖡𐖣𐖤𐖥𐖦𐖧𐖨𐖩𐖪𐖫𐖬𐖭𐖮𐖯𐖰𐖱𐖳𐖴𐖵𐖶𐖷𐖸𐖹𐖻𐖼𐳀𐳁𐳂𐳃𐳄𐳅𐳆𐳇𐳈𐳉𐳊𐳋𐳌𐳍𐳎𐳏𐳐𐳑𐳒𐳓𐳔𐳕𐳖𐳗𐳘𐳙𐳚𐳛𐳜𐳝𐳞𐳟𐳠𐳡𐳢𐳣𐳤𐳥𐳦𐳧𐳨𐳩𐳪𐳫𐳬𐳭𐳮𐳯𐳰𐳱𐳲𐵰𐵱𐵲𐵳𐵴𐵵𐵶𐵷𐵸𐵹𐵺𐵻𐵼𐵽𐵾𐵿𐶀𐶁𐶂𐶃𐶄𐶅𑣀𑣁𑣂𑣃𑣄𑣅𑣆𑣇𑣈𑣉𑣊𑣋𑣌𑣍𑣎𑣏𑣐𑣑𑣒𑣓𑣔𑣕𑣖𑣗𑣘𑣙𑣚𑣛𑣜𑣝𑣞𑣟𖹠𖹡𖹢𖹣𖹤𖹥𖹦𖹧𖹨𖹩𖹪𖹫𖹬𖹭𖹮𖹯𖹰𖹱𖹲𖹳𖹴𖹵𖹶𖹷𖹸𖹹𖹺𖹻𖹼𖹽𖹾𖹿𞤢𞤣𞤤𞤥𞤦𞤧𞤨𞤩𞤪𞤫𞤬𞤭𞤮𞤯𞤰𞤱𞤲𞤳𞤴𞤵𞤶𞤷𞤸𞤹𞤺𞤻𞤼𞤽𞤾𞤿𞥀𞥁𞥂𞥃ß');
            END IF;
            RETURN app.spaced(normalize(replace(folded, chr(223), 'ss'), NFC));
        END $_$;

COMMENT ON FUNCTION app.normalized_name(name text) IS 'A name as it is compared: NFKC, full case folding, without what has no width, comma-below letters as those with a cedilla, trimmed of every kind of white space, runs of it as one space';

CREATE FUNCTION app.note_all_accounts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'app', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO app.input_changes (name, account_type, table_name)
    SELECT TG_ARGV[0], account_type, TG_TABLE_NAME FROM app.emag_accounts;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION app.note_all_accounts() IS 'Trigger: notes that a derived table, which is built by account, is stale of every account';

CREATE FUNCTION app.note_ended_sync() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'app', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO app.input_changes (name, account_type, table_name)
    SELECT derived.name, NEW.account_type, TG_TABLE_NAME FROM unnest(TG_ARGV) AS derived (name);
    RETURN NULL;
END $$;

COMMENT ON FUNCTION app.note_ended_sync() IS 'Trigger of a sync that has ended: notes it for the derived tables that are its arguments';

CREATE FUNCTION app.note_input_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'app', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP <> 'TRUNCATE' THEN
        IF NOT EXISTS (SELECT FROM changed) THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO app.input_changes (name, table_name) VALUES (TG_ARGV[0], TG_TABLE_NAME);
    RETURN NULL;
END $$;

COMMENT ON FUNCTION app.note_input_change() IS 'Trigger of a statement: notes that an input of the derived table that is its argument has changed';

CREATE FUNCTION app.note_offers() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'app', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO app.input_changes (name, account_type, table_name, emag_id, part_number_key, sku)
        SELECT TG_ARGV[0], account_type, TG_TABLE_NAME, emag_id, part_number_key, sku FROM came;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO app.input_changes (name, account_type, table_name, emag_id, part_number_key, sku)
        SELECT TG_ARGV[0], account_type, TG_TABLE_NAME, emag_id, part_number_key, sku FROM gone;
    ELSE
        INSERT INTO app.input_changes (name, account_type, table_name, emag_id, part_number_key, sku) VALUES
        (TG_ARGV[0], OLD.account_type, TG_TABLE_NAME, OLD.emag_id, OLD.part_number_key, OLD.sku),
        (TG_ARGV[0], NEW.account_type, TG_TABLE_NAME, NEW.emag_id, NEW.part_number_key, NEW.sku);
    END IF;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION app.note_offers() IS 'Trigger: notes for a derived table the offers that came, went, or go by another name';

CREATE FUNCTION app.note_price_written() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;

COMMENT ON FUNCTION app.note_price_written() IS 'Trigger: a price that is written without its time was written now';

CREATE FUNCTION app.note_status_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'app', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO app.item_status_changes (account_type, sku, status_before, status_after)
    VALUES (
        coalesce(NEW.account_type, OLD.account_type),
        coalesce(NEW.sku, OLD.sku),
        app.listed_status(OLD.status, OLD.is_kept),
        app.listed_status(NEW.status, NEW.is_kept)
    );
    RETURN NULL;
END $$;

COMMENT ON FUNCTION app.note_status_change() IS 'Trigger: notes that the status of an item of the report has changed';

CREATE FUNCTION app.note_supplier_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'app', 'pg_temp'
    AS $$
DECLARE
    identity text := app.normalized_name(NEW.name); -- generated columns are filled later
BEGIN
    NEW.is_from_list := FALSE;
    IF identity <> OLD.identity THEN
        NEW.former_names := array_remove(array_remove(NEW.former_names, OLD.identity) || OLD.identity, identity);
    END IF;
    RETURN NEW;
END $$;

COMMENT ON FUNCTION app.note_supplier_change() IS 'Trigger: a supplier that somebody changes is his own, and keeps the names he had';

CREATE FUNCTION app.note_touched_days() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'app', 'pg_temp'
    AS $_$
DECLARE
    changed text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT %1$s FROM came'
        WHEN 'DELETE' THEN 'SELECT %1$s FROM gone'
        ELSE
            '(SELECT %1$s FROM gone EXCEPT SELECT %1$s FROM came) UNION ALL'
            ' (SELECT %1$s FROM came EXCEPT SELECT %1$s FROM gone)'
    END;
BEGIN
    EXECUTE format(
        'INSERT INTO app.input_changes (name, account_type, table_name, day)'
        ' SELECT DISTINCT %4$L, account_type, %5$L, %2$s'
        ' FROM (' || changed || ') AS changed %3$s WHERE %2$s IS NOT NULL',
        TG_ARGV[1], TG_ARGV[2], TG_ARGV[3], TG_ARGV[0], TG_TABLE_NAME
    );
    RETURN NULL;
END $_$;

COMMENT ON FUNCTION app.note_touched_days() IS 'Trigger of a statement: notes the days of the derived table that it touched';

CREATE FUNCTION app.refuse_value() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    column_name text := TG_ARGV[0];
BEGIN
    -- A program that writes back all columns of a row may keep what was there before this rule.
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) -> column_name IS NOT DISTINCT FROM to_jsonb(NEW) -> column_name THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'check_violation',
        SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = column_name, CONSTRAINT = TG_NAME,
        MESSAGE = format(
            '%s of %s cannot be %s: use %s.', column_name, TG_TABLE_NAME,
            coalesce(left(to_jsonb(NEW) ->> column_name, 60), 'null'), TG_ARGV[1]
        );
END $$;

COMMENT ON FUNCTION app.refuse_value() IS 'Trigger: refuses a value of a column with a sentence that says what is allowed. Arguments: column, what is allowed';

CREATE FUNCTION app.resolve_supplier() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'app', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
DECLARE
    problem text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.supplier_id = OLD.supplier_id AND NEW.supplier_name = OLD.supplier_name THEN
            RETURN NEW;
        ELSIF NEW.supplier_id = OLD.supplier_id THEN
            NEW.supplier_id := NULL; -- it was the old name's
        END IF;
    END IF;
    IF NEW.supplier_name IS NULL THEN
        problem := format(
            'supplier_name of %s cannot be null: write it as the list spells it; supplier_id alone does not say it.',
            TG_TABLE_NAME
        );
    ELSIF NEW.supplier_id IS NULL THEN
        -- Most names are spelled as they were entered: found without a call of supplier_named.
        SELECT min(supplier.id) INTO NEW.supplier_id FROM app.suppliers AS supplier
        WHERE supplier.name = NEW.supplier_name;
        IF NEW.supplier_id IS NULL THEN
            NEW.supplier_id := app.supplier_named(NEW.supplier_name);
        END IF;
        IF NEW.supplier_id IS NULL THEN
            -- Two lists that name a new supplier at once make one row.
            PERFORM pg_advisory_xact_lock(hashtextextended('magflow: new supplier', 0));
            NEW.supplier_id := app.supplier_named(NEW.supplier_name);
        END IF;
        IF NEW.supplier_id IS NULL THEN
            INSERT INTO app.suppliers (name, is_from_list)
            VALUES (coalesce(nullif(app.spaced(NEW.supplier_name), ''), NEW.supplier_name), TRUE)
            RETURNING id INTO NEW.supplier_id;
        END IF;
    ELSIF NEW.supplier_id IS DISTINCT FROM app.supplier_named(NEW.supplier_name) THEN
        SELECT format(
            'supplier_id %s of %s is %s, and supplier_name is %L: leave supplier_id out, it follows from the name.',
            NEW.supplier_id, TG_TABLE_NAME, coalesce(quote_literal(left(min(supplier.name), 60)), 'no supplier'),
            left(NEW.supplier_name, 60)
        ) INTO problem
        FROM app.suppliers AS supplier
        WHERE supplier.id = NEW.supplier_id
        HAVING bool_and(supplier.identity = app.normalized_name(NEW.supplier_name)) IS NOT TRUE;
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'supplier_id', CONSTRAINT = TG_NAME,
            MESSAGE = problem;
    END IF;
    RETURN NEW;
END $$;

COMMENT ON FUNCTION app.resolve_supplier() IS 'Trigger: fills supplier_id from supplier_name, and enters a supplier that nobody knows; refuses a supplier_id without a name, or with the name of another supplier';

CREATE FUNCTION app.sound_cost(value numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((value >= (0)::numeric) AND (value < ('10000000000'::bigint)::numeric)) THEN value ELSE NULL::numeric END;

COMMENT ON FUNCTION app.sound_cost(value numeric) IS 'A price that may be 0, below 10000000000; null when it cannot be one';

CREATE FUNCTION app.sound_day(value date) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((value >= '1900-01-01'::date) AND (value <= '9999-12-31'::date)) THEN value ELSE NULL::date END;

COMMENT ON FUNCTION app.sound_day(value date) IS 'A day of the years 1900 to 9999; null when it is none';

CREATE FUNCTION app.sound_order(value bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((value >= 1) AND (value <= 1000000000)) THEN value ELSE NULL::bigint END;

COMMENT ON FUNCTION app.sound_order(value bigint) IS 'Pieces ordered, 1 to 1000000000; null when they cannot be';

CREATE FUNCTION app.sound_pieces(value bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((value >= 0) AND (value <= 1000000000)) THEN value ELSE NULL::bigint END;

COMMENT ON FUNCTION app.sound_pieces(value bigint) IS 'A number of pieces, 0 to 1000000000; null when it cannot be one';

CREATE FUNCTION app.sound_price(value numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((value > (0)::numeric) AND (value < ('10000000000'::bigint)::numeric)) THEN value ELSE NULL::numeric END;

COMMENT ON FUNCTION app.sound_price(value numeric) IS 'A price or rate, above 0 and below 10000000000; null when it cannot be one';

CREATE FUNCTION app.sound_stock(value bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((value >= 0) AND (value <= '1000000000000000'::bigint)) THEN value ELSE NULL::bigint END;

COMMENT ON FUNCTION app.sound_stock(value bigint) IS 'Pieces there, 0 to 10^15: syncs write what eMAG claims, cut at that; null when they cannot be';

CREATE FUNCTION app.sound_time(value timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((value >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (value < '2200-01-01 00:00:00+00'::timestamp with time zone)) THEN value ELSE NULL::timestamp with time zone END;

COMMENT ON FUNCTION app.sound_time(value timestamp with time zone) IS 'A time of the years 1900 to 2199; null when it is none';

CREATE FUNCTION app.sound_units(value integer) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((value >= 1) AND (value <= 1000000)) THEN value ELSE NULL::integer END;

COMMENT ON FUNCTION app.sound_units(value integer) IS 'Units that a rate is for, 1 to 1000000; null when they cannot be';

CREATE FUNCTION app.visible(written text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(written, ('[\u0001-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+'::text COLLATE "C"), ''::text, 'g'::text);

COMMENT ON FUNCTION app.visible(written text) IS 'A text without the characters that have no width';

CREATE FUNCTION app.spaced(written text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN btrim(regexp_replace(app.visible(written), ('[\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+'::text COLLATE "C"), ' '::text, 'g'::text));

COMMENT ON FUNCTION app.spaced(written text) IS 'A text as it is shown and as addresses are compared: trimmed of every kind of white space, runs of it as one space';

CREATE FUNCTION app.stock_is_unread(general_stock bigint, notes text[]) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((general_stock IS NULL) AND COALESCE((array_to_string(notes, chr(10)) ~ '(^|\n)(general_)?stock [^\n]* is not usable'::text), false));

COMMENT ON FUNCTION app.stock_is_unread(general_stock bigint, notes text[]) IS 'Whether what eMAG sent for the stock of an offer was no number, so that 0 pieces are stored for want of one';

CREATE FUNCTION app.supplier_named(written text) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    AS $$
DECLARE
    wanted text;
    found bigint := (SELECT min(supplier.id) FROM app.suppliers AS supplier WHERE supplier.name = written);
BEGIN
    IF found IS NULL THEN
        wanted := app.normalized_name(written);
        found := coalesce(
            (SELECT min(supplier.id) FROM app.suppliers AS supplier WHERE supplier.identity = wanted),
            (
                SELECT min(supplier.id) FROM app.suppliers AS supplier
                WHERE supplier.former_names <> '{}' AND wanted = any(supplier.former_names)
            )
        );
    END IF;
    RETURN found;
END $$;

COMMENT ON FUNCTION app.supplier_named(written text) IS 'The supplier (suppliers.id) that a name means: who has it, else who had it before; null when nobody';

CREATE FUNCTION app.unsound_pieces(name text, value bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((value IS NOT NULL) AND (app.sound_pieces(value) IS NULL)) THEN ((name || ' '::text) || (value)::text) ELSE NULL::text END;

COMMENT ON FUNCTION app.unsound_pieces(name text, value bigint) IS 'Name and value of a number of pieces that cannot be one; null when it can';

CREATE PROCEDURE app.watch_days(IN input text, IN counted text, IN day text, IN found_by text DEFAULT ''::text)
    LANGUAGE plpgsql
    AS $_$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER demand_days_inserted AFTER INSERT ON app.%1$I REFERENCING NEW TABLE AS came'
        ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days(''demand_days'', %2$L, %3$L, %4$L)', input, counted, day, found_by
    );
    EXECUTE format(
        'CREATE TRIGGER demand_days_updated AFTER UPDATE ON app.%1$I REFERENCING OLD TABLE AS gone NEW TABLE AS came'
        ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days(''demand_days'', %2$L, %3$L, %4$L)', input, counted, day, found_by
    );
    EXECUTE format(
        'CREATE TRIGGER demand_days_deleted AFTER DELETE ON app.%1$I REFERENCING OLD TABLE AS gone'
        ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days(''demand_days'', %2$L, %3$L, %4$L)', input, counted, day, found_by
    );
    EXECUTE format(
        'CREATE TRIGGER demand_days_truncated AFTER TRUNCATE ON app.%1$I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_all_accounts(''demand_days'')', input
    );
END $_$;

COMMENT ON PROCEDURE app.watch_days(IN input text, IN counted text, IN day text, IN found_by text) IS 'Lets each statement that changes an input of demand_days leave a row in input_changes for each day it touched';

CREATE PROCEDURE app.watch_inputs(IN derived text, VARIADIC inputs text[])
    LANGUAGE plpgsql
    AS $_$
DECLARE
    input text;
BEGIN
    FOREACH input IN ARRAY inputs LOOP
        EXECUTE format(
            'CREATE TRIGGER %3$I AFTER INSERT ON app.%1$I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change(%2$L)', input, derived, derived || '_inserted'
        );
        EXECUTE format(
            'CREATE TRIGGER %3$I AFTER UPDATE ON app.%1$I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change(%2$L)', input, derived, derived || '_updated'
        );
        EXECUTE format(
            'CREATE TRIGGER %3$I AFTER DELETE ON app.%1$I REFERENCING OLD TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change(%2$L)', input, derived, derived || '_deleted'
        );
        EXECUTE format(
            'CREATE TRIGGER %3$I AFTER TRUNCATE ON app.%1$I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change(%2$L)', input, derived, derived || '_truncated'
        );
    END LOOP;
END $_$;

COMMENT ON PROCEDURE app.watch_inputs(IN derived text, VARIADIC inputs text[]) IS 'Lets each statement that changes one of the input tables leave a row in input_changes for the derived table';

CREATE FUNCTION app.write_contents() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'app', 'pg_temp'
    AS $_$
DECLARE
    given text := (
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = format('app.%I', TG_ARGV[0])::regclass
            AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    );
BEGIN
    IF TG_OP = 'DELETE' THEN
        EXECUTE format(
            'DELETE FROM app.%1$I WHERE account_type = ($1).account_type AND %2$I = ($1).%2$I', TG_ARGV[0], TG_ARGV[1]
        ) USING OLD;
    ELSIF TG_OP = 'INSERT' THEN
        EXECUTE format('INSERT INTO app.%1$I (%2$s) SELECT %2$s FROM (SELECT ($1).*) AS given', TG_ARGV[0], given)
        USING NEW;
    ELSE
        EXECUTE format(
            'UPDATE app.%1$I SET (%3$s) = (SELECT %3$s FROM (SELECT ($1).*) AS given)'
            ' WHERE account_type = ($2).account_type AND %2$I = ($2).%2$I', TG_ARGV[0], TG_ARGV[1], given
        ) USING NEW, OLD;
    END IF;
    IF TG_ARGV[1] = 'emag_id' THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        ELSIF TG_OP = 'UPDATE' THEN
            UPDATE app.emag_product_contents AS product
            SET content_hash = ''
            WHERE product.account_type = NEW.account_type AND product.emag_id = NEW.emag_id;
        END IF;
        INSERT INTO app.emag_offers_seen AS seen (
            account_type, emag_id, last_sync_id, received_sync_id, last_synced_at, last_stored_at
        ) VALUES (
            NEW.account_type, NEW.emag_id, NEW.last_sync_id, NEW.received_sync_id, NEW.last_synced_at, NEW.last_synced_at
        )
        ON CONFLICT (account_type, emag_id) DO UPDATE SET
            raw_hash = NULL,
            last_sync_id = excluded.last_sync_id,
            received_sync_id = excluded.received_sync_id,
            last_synced_at = excluded.last_synced_at;
        RETURN NEW;
    END IF;
    UPDATE app.emag_product_contents AS product
    SET content_hash = ''
    WHERE
        (product.account_type, product.emag_id) = (
            coalesce(NEW.account_type, OLD.account_type), coalesce(NEW.emag_offer_id, OLD.emag_offer_id)
        );
    UPDATE app.emag_offers_seen AS seen
    SET raw_hash = NULL, last_stored_at = coalesce(NEW.last_synced_at, seen.last_stored_at)
    WHERE
        (seen.account_type, seen.emag_id) = (
            coalesce(NEW.account_type, OLD.account_type), coalesce(NEW.emag_offer_id, OLD.emag_offer_id)
        );
    RETURN coalesce(NEW, OLD);
END $_$;

COMMENT ON FUNCTION app.write_contents() IS 'Trigger of emag_products_v2 and emag_product_offers_v2: writes to the tables behind them, and lets the next sync read the row whatever its bytes are, and store it whatever was stored';

CREATE TABLE app.alert_deliveries (
    id bigint NOT NULL,
    message_id uuid NOT NULL,
    channel text NOT NULL,
    what text NOT NULL,
    incident_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    sync_id bigint,
    attempted_at timestamp with time zone DEFAULT now() NOT NULL,
    delivered boolean NOT NULL,
    error text,
    incident_states timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    CONSTRAINT alert_deliveries_states_check CHECK ((cardinality(incident_states) = cardinality(incident_ids))),
    CONSTRAINT alert_deliveries_what_check CHECK ((what = ANY (ARRAY['opened'::text, 'worsened'::text, 'recovered'::text, 'missed'::text, 'folded'::text, 'digest'::text, 'sync'::text, 'heartbeat'::text, 'test'::text])))
);

COMMENT ON TABLE app.alert_deliveries IS 'Each attempt to send a message, with its result; several per message when it failed';

COMMENT ON COLUMN app.alert_deliveries.id IS 'Number of the attempt';

COMMENT ON COLUMN app.alert_deliveries.message_id IS 'Same in each attempt at one message, and sent with it: tells repeats';

COMMENT ON COLUMN app.alert_deliveries.channel IS 'Name of the channel, without its address, which holds secrets';

COMMENT ON COLUMN app.alert_deliveries.what IS 'opened, worsened or recovered: of an incident; missed: it is over, and could not be told before; folded: of many at once; digest; sync: the statistics of one; heartbeat; test';

COMMENT ON COLUMN app.alert_deliveries.incident_ids IS 'Incidents that the message tells of';

COMMENT ON COLUMN app.alert_deliveries.sync_id IS 'The sync whose statistics or heartbeat it is';

COMMENT ON COLUMN app.alert_deliveries.attempted_at IS 'When, UTC';

COMMENT ON COLUMN app.alert_deliveries.delivered IS 'Whether the channel took it';

COMMENT ON COLUMN app.alert_deliveries.error IS 'Why not, without secrets';

COMMENT ON COLUMN app.alert_deliveries.incident_states IS 'For each of incident_ids the state that was told: when it opened, became graver, or was over, UTC';

ALTER TABLE app.alert_deliveries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME app.alert_deliveries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.backups (
    id bigint NOT NULL,
    file text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    proven_at timestamp with time zone,
    size_bytes bigint,
    tables integer,
    rows_held bigint,
    error text,
    removed_at timestamp with time zone,
    CONSTRAINT backups_check CHECK ((finished_at >= started_at)),
    CONSTRAINT backups_check1 CHECK (((proven_at IS NULL) OR (error IS NULL))),
    CONSTRAINT backups_rows_held_check CHECK ((rows_held >= 0)),
    CONSTRAINT backups_size_bytes_check CHECK ((size_bytes >= 0)),
    CONSTRAINT backups_tables_check CHECK ((tables >= 0))
);

COMMENT ON TABLE app.backups IS 'One row per back-up that was begun. Only a proven one counts: it was restored into a scratch database and was equal, table by table';

COMMENT ON COLUMN app.backups.id IS 'Number of the back-up';

COMMENT ON COLUMN app.backups.file IS 'Name of its file';

COMMENT ON COLUMN app.backups.started_at IS 'When it began, UTC: it holds what was committed then';

COMMENT ON COLUMN app.backups.finished_at IS 'When it ended, UTC, well or not; null while it runs';

COMMENT ON COLUMN app.backups.proven_at IS 'When its restore was equal to its source, UTC; null: not proven, do not rely on it';

COMMENT ON COLUMN app.backups.size_bytes IS 'Size of the file, bytes';

COMMENT ON COLUMN app.backups.tables IS 'Tables that were compared, of both databases';

COMMENT ON COLUMN app.backups.rows_held IS 'Rows of all tables';

COMMENT ON COLUMN app.backups.error IS 'Why it failed or was not proven; null: it did not';

COMMENT ON COLUMN app.backups.removed_at IS 'When retention removed the file, UTC; null: it is kept';

ALTER TABLE app.backups ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME app.backups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.build_outcomes (
    id bigint NOT NULL,
    name text NOT NULL,
    account_type text DEFAULT ''::text NOT NULL,
    ended_at timestamp with time zone DEFAULT now() NOT NULL,
    error text
);

COMMENT ON TABLE app.build_outcomes IS 'How each build of a derived table ended; builds holds the newest good one';

COMMENT ON COLUMN app.build_outcomes.id IS 'Number of the build';

COMMENT ON COLUMN app.build_outcomes.name IS 'The derived table, such as low_stock_report';

COMMENT ON COLUMN app.build_outcomes.account_type IS 'Account, lower case; empty: of all';

COMMENT ON COLUMN app.build_outcomes.ended_at IS 'When it ended, UTC';

COMMENT ON COLUMN app.build_outcomes.error IS 'Why it failed; null: it did not';

ALTER TABLE app.build_outcomes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME app.build_outcomes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.builds (
    name text NOT NULL,
    account_type text NOT NULL,
    built_from bigint,
    built_at timestamp with time zone NOT NULL,
    stale_at timestamp with time zone
);

COMMENT ON TABLE app.builds IS 'When each derived table was last built, of which sync. One row per table and account, also of a table that is built for all accounts at once';

COMMENT ON COLUMN app.builds.name IS 'The derived table, such as low_stock_report';

COMMENT ON COLUMN app.builds.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.builds.built_from IS 'The newest sync of the account''s catalogue that had ended when the build began; null: none had';

COMMENT ON COLUMN app.builds.built_at IS 'When the build began, UTC';

COMMENT ON COLUMN app.builds.stale_at IS 'When the table is stale though no input changes, UTC: manual levels run out with the day; null: never';

CREATE TABLE app.campaign_days (
    name text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT campaign_days_check CHECK ((ends_on >= starts_on)),
    CONSTRAINT campaign_days_name_check CHECK (((name = app.spaced(name)) AND (name <> ''::text)))
);

COMMENT ON TABLE app.campaign_days IS 'Campaigns, such as Black Friday: their days are no base of the demand, and each item''s uplift on them is learned';

COMMENT ON COLUMN app.campaign_days.name IS 'Name of the campaign, with its year';

COMMENT ON COLUMN app.campaign_days.starts_on IS 'First day, in Bucharest';

COMMENT ON COLUMN app.campaign_days.ends_on IS 'Last day, in Bucharest';

COMMENT ON COLUMN app.campaign_days.created_by IS 'Who entered it';

COMMENT ON COLUMN app.campaign_days.created_at IS 'When, UTC';

CREATE TABLE app.demand (
    account_type text NOT NULL,
    sku text NOT NULL,
    known_from date,
    known_to date,
    first_sale date,
    last_sale date,
    sellable_days numeric(10,2) NOT NULL,
    days_are_calendar boolean NOT NULL,
    units bigint NOT NULL,
    mean_30 numeric(14,4),
    mean_90 numeric(14,4),
    mean_180 numeric(14,4),
    raw_mean_90 numeric(14,4),
    average_daily_demand numeric(14,4),
    expected_daily_demand numeric(14,4),
    demand_error numeric(14,4),
    daily_variance numeric(18,6),
    demand_method text NOT NULL,
    demand_class text,
    mean_interval numeric(10,4),
    squared_variation numeric(14,4),
    demand_seen numeric(10,4),
    largest_day bigint,
    spike_cap numeric(14,4),
    capped_units bigint DEFAULT 0 NOT NULL,
    campaign_uplift numeric(10,4),
    flags text[] DEFAULT '{}'::text[] NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    monthly_variation numeric(14,4),
    CONSTRAINT demand_account_type_check CHECK (((account_type = lower(account_type)) AND (account_type <> ''::text))),
    CONSTRAINT demand_check CHECK (((expected_daily_demand IS NULL) = (demand_method = ANY (ARRAY['not enough data'::text, 'never sold'::text])))),
    CONSTRAINT demand_demand_class_check CHECK ((demand_class = ANY (ARRAY['smooth'::text, 'erratic'::text, 'intermittent'::text, 'lumpy'::text]))),
    CONSTRAINT demand_demand_method_check CHECK ((demand_method = ANY (ARRAY['several memories'::text, 'fall of stock'::text, 'not enough data'::text, 'never sold'::text]))),
    CONSTRAINT demand_sku_check CHECK ((sku <> ''::text))
);

COMMENT ON TABLE app.demand IS 'What each item is expected to sell a day, learned from whole days up to yesterday (magflow demand SKU tells the story)';

COMMENT ON COLUMN app.demand.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.demand.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.demand.known_from IS 'First day in Bucharest whose orders are read whole; days in gaps since then count as unknown, not as days without sales';

COMMENT ON COLUMN app.demand.known_to IS 'Last whole day that is read: what was learned goes up to it';

COMMENT ON COLUMN app.demand.first_sale IS 'Day of the first sale that is known';

COMMENT ON COLUMN app.demand.last_sale IS 'Day of the last sale that is known';

COMMENT ON COLUMN app.demand.sellable_days IS 'Days since the first sale on which it could sell, in parts of a day where it could for a part';

COMMENT ON COLUMN app.demand.days_are_calendar IS 'Whether some days of average_daily_demand are calendar days: stock was not looked at, so days without stock may be among them';

COMMENT ON COLUMN app.demand.units IS 'Pieces that it was learned from, as they were, spikes and campaigns included; of fall of stock: pieces that stock fell';

COMMENT ON COLUMN app.demand.mean_30 IS 'Pieces a day over the last 30 sellable days, spikes capped, without campaign days; null: it had none';

COMMENT ON COLUMN app.demand.mean_90 IS 'The same over the last 90 sellable days';

COMMENT ON COLUMN app.demand.mean_180 IS 'The same over the last 180 sellable days';

COMMENT ON COLUMN app.demand.raw_mean_90 IS 'mean_90 with spikes as they were';

COMMENT ON COLUMN app.demand.average_daily_demand IS 'What was sold: mean_90; null: not enough data';

COMMENT ON COLUMN app.demand.expected_daily_demand IS 'What is expected a day from now on, campaign days as often as they were (campaign_uplift); null, never 0, where it is not known';

COMMENT ON COLUMN app.demand.demand_error IS 'Standard error of expected_daily_demand, pieces a day';

COMMENT ON COLUMN app.demand.daily_variance IS 'Variance of a day''s pieces around what is expected';

COMMENT ON COLUMN app.demand.demand_method IS 'several memories: learned from its sales; fall of stock: from its stock, as its sales are not seen here; not enough data: too few days yet; never sold: no sale is known';

COMMENT ON COLUMN app.demand.demand_class IS 'For people, no switch of methods: smooth, erratic, intermittent or lumpy by mean_interval 1.32 and squared_variation 0.49';

COMMENT ON COLUMN app.demand.mean_interval IS 'Sellable days per day with a sale (ADI)';

COMMENT ON COLUMN app.demand.squared_variation IS 'Squared coefficient of variation of the pieces of days with a sale (CV²)';

COMMENT ON COLUMN app.demand.demand_seen IS 'Pieces ordered per piece that stock fell, over the same days; under 0.8, sales are not seen here. Null: stock says nothing';

COMMENT ON COLUMN app.demand.largest_day IS 'Most pieces of one day, as they were';

COMMENT ON COLUMN app.demand.spike_cap IS 'Pieces that the day of its last spike counted for; null: there was none';

COMMENT ON COLUMN app.demand.capped_units IS 'Pieces of spikes above what their days counted for: nothing was learned from them';

COMMENT ON COLUMN app.demand.campaign_uplift IS 'Its demand on campaign days as a multiple of other days'', shrunk to the catalogue''s; null: it saw no campaign';

COMMENT ON COLUMN app.demand.flags IS 'What a buyer should know, as codes; demand_texts has the words';

COMMENT ON COLUMN app.demand.updated_at IS 'When the row last changed, UTC';

COMMENT ON COLUMN app.demand.monthly_variation IS 'Standard deviation of the demand of its last twelve months of 30 days as a part of their mean, for people; null: fewer than three of them have 15 sellable days';

CREATE TABLE app.demand_basis (
    account_type text NOT NULL,
    first_day date NOT NULL,
    today date NOT NULL,
    known datemultirange NOT NULL,
    campaigns datemultirange NOT NULL,
    typical_rate numeric NOT NULL,
    campaign_uplift numeric NOT NULL,
    is_emag_only boolean NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT demand_basis_account_type_check CHECK (((account_type = lower(account_type)) AND (account_type <> ''::text)))
);

COMMENT ON TABLE app.demand_basis IS 'What all items of an account had in common when their demand was last learned: where it changed, all are learned again';

COMMENT ON COLUMN app.demand_basis.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.demand_basis.first_day IS 'First day that was looked at, in Bucharest';

COMMENT ON COLUMN app.demand_basis.today IS 'The day on which it was learned; days before it were looked at';

COMMENT ON COLUMN app.demand_basis.known IS 'Of these: days whose orders of all types are read whole';

COMMENT ON COLUMN app.demand_basis.campaigns IS 'Days of campaigns (campaign_days)';

COMMENT ON COLUMN app.demand_basis.typical_rate IS 'Pieces a day of a typical item that sells, to two digits: what is expected of an item of which little is known';

COMMENT ON COLUMN app.demand_basis.campaign_uplift IS 'Pieces on campaign days as a multiple of the days around them, to two digits';

COMMENT ON COLUMN app.demand_basis.is_emag_only IS 'Whether no sales of other channels are known (sales_elsewhere)';

COMMENT ON COLUMN app.demand_basis.updated_at IS 'When it last changed, UTC';

CREATE TABLE app.demand_days (
    account_type text NOT NULL,
    sku text NOT NULL,
    day date NOT NULL,
    ordered_units bigint NOT NULL,
    returned_units bigint NOT NULL,
    elsewhere_units bigint NOT NULL,
    units bigint GENERATED ALWAYS AS (((ordered_units - returned_units) + elsewhere_units)) STORED,
    orders integer NOT NULL,
    largest_order bigint NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT demand_days_account_type_check CHECK (((account_type = lower(account_type)) AND (account_type <> ''::text))),
    CONSTRAINT demand_days_check CHECK (((returned_units >= 0) AND (returned_units <= ordered_units))),
    CONSTRAINT demand_days_elsewhere_units_check CHECK ((elsewhere_units >= 0)),
    CONSTRAINT demand_days_largest_order_check CHECK ((largest_order >= 0)),
    CONSTRAINT demand_days_ordered_units_check CHECK ((ordered_units >= 0)),
    CONSTRAINT demand_days_orders_check CHECK ((orders >= 0)),
    CONSTRAINT demand_days_sku_check CHECK ((sku <> ''::text))
);

COMMENT ON TABLE app.demand_days IS 'Pieces sold, by account, SKU and day in Bucharest: from orders that count, and from sales_elsewhere. A day without a row sold nothing that was read';

COMMENT ON COLUMN app.demand_days.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.demand_days.sku IS 'Seller''s SKU of the offer that the lines name';

COMMENT ON COLUMN app.demand_days.day IS 'The day of the order in Bucharest';

COMMENT ON COLUMN app.demand_days.ordered_units IS 'Pieces ordered on eMAG, in lines that count of orders not cancelled (sold_lines)';

COMMENT ON COLUMN app.demand_days.returned_units IS 'Of these: pieces that came back since, whenever that was';

COMMENT ON COLUMN app.demand_days.elsewhere_units IS 'Pieces sold in other channels (sales_elsewhere)';

COMMENT ON COLUMN app.demand_days.units IS 'Pieces sold and kept = ordered - returned + elsewhere';

COMMENT ON COLUMN app.demand_days.orders IS 'Orders on eMAG that these pieces are of';

COMMENT ON COLUMN app.demand_days.largest_order IS 'Pieces of the largest of these orders, without what came back';

COMMENT ON COLUMN app.demand_days.updated_at IS 'When the row last changed, UTC';

CREATE TABLE app.demand_forecasts (
    account_type text NOT NULL,
    made_on date NOT NULL,
    sku text NOT NULL,
    expected_daily_demand numeric(14,4) NOT NULL,
    demand_class text
);

COMMENT ON TABLE app.demand_forecasts IS 'What was expected of items that sell, kept once a week until it has been compared with what was sold (forecast_accuracy)';

COMMENT ON COLUMN app.demand_forecasts.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.demand_forecasts.made_on IS 'The day on which it was expected, in Bucharest: from that day on';

COMMENT ON COLUMN app.demand_forecasts.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.demand_forecasts.expected_daily_demand IS 'Pieces a day without campaigns (demand.expected_daily_demand without the part of campaign_uplift)';

COMMENT ON COLUMN app.demand_forecasts.demand_class IS 'Its class on that day; null: too few sales to say';

CREATE TABLE app.demand_levels (
    account_type text NOT NULL,
    sku text NOT NULL,
    warehouse text NOT NULL,
    reorder_point bigint,
    order_up_to bigint,
    safety_stock bigint,
    lot numeric(20,4),
    line_cost numeric(20,6),
    least_lot numeric(20,4),
    pack_part numeric(20,4),
    chance_allowed numeric(10,8),
    expected_daily_demand numeric(16,4),
    daily_variance numeric(20,6),
    demand_error numeric(16,4),
    supplier_id bigint,
    shipping text,
    lead_time_days numeric(8,2) NOT NULL,
    lead_time_spread_days numeric(8,2) NOT NULL,
    lead_time_source text NOT NULL,
    review_days numeric(8,2) NOT NULL,
    capital_cost numeric(9,6) NOT NULL,
    most_cover_days integer NOT NULL,
    is_capped boolean NOT NULL,
    price_ron numeric(20,4),
    commission_rate numeric(8,6),
    fulfilment_fee_ron numeric(14,4),
    landed_unit_cost_ron numeric(20,4),
    unit_cost_ron numeric(20,4),
    margin_ron numeric(20,4),
    margin_source text,
    abc text,
    xyz text,
    monthly_variation numeric(14,4),
    is_unsold boolean NOT NULL,
    problem text,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_days_today integer DEFAULT 0 NOT NULL,
    closed_days_next_review integer DEFAULT 0 NOT NULL,
    closed_days_in_a_week integer DEFAULT 0 NOT NULL,
    CONSTRAINT demand_levels_abc_check CHECK ((abc = ANY (ARRAY['A'::text, 'B'::text, 'C'::text]))),
    CONSTRAINT demand_levels_check CHECK (((reorder_point IS NULL) = (problem IS NOT NULL))),
    CONSTRAINT demand_levels_margin_source_check CHECK ((margin_source = ANY (ARRAY['margin'::text, 'revenue'::text]))),
    CONSTRAINT demand_levels_xyz_check CHECK ((xyz = ANY (ARRAY['X'::text, 'Y'::text, 'Z'::text])))
);

COMMENT ON TABLE app.demand_levels IS 'The levels that demand asks for, and every number they follow from (docs/rules.md, Levels): a row for each SKU of each warehouse that an active offer sells, at the account that orders it (ordering_accounts)';

COMMENT ON COLUMN app.demand_levels.account_type IS 'The account that orders it, lower case';

COMMENT ON COLUMN app.demand_levels.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.demand_levels.warehouse IS 'Code of the warehouse whose stock the levels are of, for all accounts that sell from it';

COMMENT ON COLUMN app.demand_levels.reorder_point IS 'Largest stock, on order included, at which one orders: the chance that one piece more would be sold before the next lot exceeds chance_allowed; null: problem';

COMMENT ON COLUMN app.demand_levels.order_up_to IS 'reorder_point + lot less half of (pack_part - 1), which rounding up to packs adds on average, rounded, at least one piece; no more than lasts most_cover_days (is_capped)';

COMMENT ON COLUMN app.demand_levels.safety_stock IS 'reorder_point less what is expected in lead_time_days + closed_days_next_review + review_days, rounded down, at least 0';

COMMENT ON COLUMN app.demand_levels.lot IS 'Pieces of an economic order, not rounded: √(2 x line_cost x expected_daily_demand / unit_cost_ron), at most what lasts most_cover_days, and at least least_lot';

COMMENT ON COLUMN app.demand_levels.line_cost IS 'What an order line costs, divided by what a RON of stock costs a day, in RON x days: such that all lots together make as many order lines as wanted (MAGFLOW_ORDER_LINES_A_WEEK)';

COMMENT ON COLUMN app.demand_levels.least_lot IS 'The supplier''s least quantity (MOQ), or his pack where that is more, of it the part that the account''s demand is of all accounts''; at least 1';

COMMENT ON COLUMN app.demand_levels.pack_part IS 'The supplier''s pack, of it the same part; at least 1';

COMMENT ON COLUMN app.demand_levels.chance_allowed IS 'capital_cost / 365 x unit_cost_ron x lot / (margin_ron x expected_daily_demand), at most 0.15; where that is 2 or more it is not worth keeping, and 99 stands for it';

COMMENT ON COLUMN app.demand_levels.expected_daily_demand IS 'Pieces a day that it is planned for; of accounts on one warehouse, of all of them';

COMMENT ON COLUMN app.demand_levels.daily_variance IS 'Variance of a day''s pieces';

COMMENT ON COLUMN app.demand_levels.demand_error IS 'Standard error of expected_daily_demand';

COMMENT ON COLUMN app.demand_levels.supplier_id IS 'The supplier whose lead time and cost are used; null: none is known';

COMMENT ON COLUMN app.demand_levels.shipping IS 'His way of shipping';

COMMENT ON COLUMN app.demand_levels.lead_time_days IS 'Days from an order until its pieces can be sold, without those on which the supplier is closed';

COMMENT ON COLUMN app.demand_levels.lead_time_spread_days IS 'Standard deviation of these days';

COMMENT ON COLUMN app.demand_levels.lead_time_source IS 'receipts, terms or default (supplier_offers.lead_time_source)';

COMMENT ON COLUMN app.demand_levels.review_days IS 'Days between two looks at the list';

COMMENT ON COLUMN app.demand_levels.capital_cost IS 'RON a year that a RON of stock must earn (MAGFLOW_CAPITAL_COST)';

COMMENT ON COLUMN app.demand_levels.most_cover_days IS 'Days that order_up_to lasts at most (item_policies, else MAGFLOW_MOST_COVER_DAYS)';

COMMENT ON COLUMN app.demand_levels.is_capped IS 'Whether most_cover_days made the levels lower';

COMMENT ON COLUMN app.demand_levels.price_ron IS 'Selling price of a piece without VAT in RON; null: it has none, or its currency no rate';

COMMENT ON COLUMN app.demand_levels.commission_rate IS 'Part of the price that eMAG keeps (marketplace_fees); null: nobody told';

COMMENT ON COLUMN app.demand_levels.fulfilment_fee_ron IS 'What eMAG keeps of a piece for fulfilment (marketplace_fees); null: nobody told, which is 0 where the seller ships';

COMMENT ON COLUMN app.demand_levels.landed_unit_cost_ron IS 'Landed cost of a piece at a usual quantity (supplier_offers); null: not known';

COMMENT ON COLUMN app.demand_levels.unit_cost_ron IS 'What a piece costs: landed; where margin_source is revenue, the price';

COMMENT ON COLUMN app.demand_levels.margin_ron IS 'What a piece sold earns: price without VAT less commission, fulfilment fee and landed cost; revenue: the price';

COMMENT ON COLUMN app.demand_levels.margin_source IS 'margin; revenue: cost or fees are not known, so that price stands for cost and margin';

COMMENT ON COLUMN app.demand_levels.abc IS 'For people: A earns the first 80 % of the margin a day, B the next 15 %, C the rest';

COMMENT ON COLUMN app.demand_levels.xyz IS 'For people: X varies by less than half of its mean from month to month, Y by less than its mean, Z by more';

COMMENT ON COLUMN app.demand_levels.monthly_variation IS 'Standard deviation of its months as a part of their mean (demand.monthly_variation); null: too few months';

COMMENT ON COLUMN app.demand_levels.is_unsold IS 'Whether nothing was sold on the last 180 days, or more, on which it could be sold';

COMMENT ON COLUMN app.demand_levels.problem IS 'Why there are no levels, as a code: not_enough_data, never_sold, no_price, not_worth_keeping; null: there are';

COMMENT ON COLUMN app.demand_levels.updated_at IS 'When the row last changed, UTC';

COMMENT ON COLUMN app.demand_levels.closed_days_today IS 'Days by which an order of today comes later, because the supplier is closed (supplier_closures, app.closed_days)';

COMMENT ON COLUMN app.demand_levels.closed_days_next_review IS 'The same of an order of the next review, whose arrival the levels are for: they rise on the last day before which an order would still come ahead of a closure';

COMMENT ON COLUMN app.demand_levels.closed_days_in_a_week IS 'The same of an order in a week';

CREATE SEQUENCE app.draft_numbers
    START WITH 101
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE app.emag_accounts (
    account_type text NOT NULL,
    kind text DEFAULT 'main'::text NOT NULL,
    marketplace text NOT NULL,
    username text NOT NULL,
    warehouse text NOT NULL,
    first_synced_at timestamp with time zone DEFAULT now() NOT NULL,
    removal_accepted_at timestamp with time zone,
    removal_accepted_by text,
    is_configured boolean DEFAULT true NOT NULL,
    place integer,
    renamed_from text,
    renamed_at timestamp with time zone,
    country text DEFAULT 'RO'::text NOT NULL,
    CONSTRAINT emag_accounts_account_type_check CHECK (((account_type = lower(account_type)) AND (account_type <> ''::text))),
    CONSTRAINT emag_accounts_country_check CHECK ((country = ANY (ARRAY['RO'::text, 'BG'::text, 'HU'::text]))),
    CONSTRAINT emag_accounts_kind_check CHECK ((kind = ANY (ARRAY['main'::text, 'fbe'::text])))
);

COMMENT ON TABLE app.emag_accounts IS 'Every account that was ever read, and where its rows came from: another marketplace or user is refused, so that sellers never mix. Those that take part in stock, report and decisions: configured_accounts';

COMMENT ON COLUMN app.emag_accounts.account_type IS 'Account, lower case, such as main or fbe';

COMMENT ON COLUMN app.emag_accounts.kind IS 'main: the seller ships; fbe: fulfilled by eMAG';

COMMENT ON COLUMN app.emag_accounts.marketplace IS 'Host and path of the API, or simulator';

COMMENT ON COLUMN app.emag_accounts.username IS 'API user that the rows were read with';

COMMENT ON COLUMN app.emag_accounts.warehouse IS 'Code of the warehouse whose stock the account publishes; accounts may share one';

COMMENT ON COLUMN app.emag_accounts.first_synced_at IS 'When the account was first read';

COMMENT ON COLUMN app.emag_accounts.removal_accepted_at IS 'When a person accepted that more than half of the offers are gone, UTC; null again after the next complete sync';

COMMENT ON COLUMN app.emag_accounts.removal_accepted_by IS 'Who accepted it';

COMMENT ON COLUMN app.emag_accounts.is_configured IS 'Whether EMAG_ACCOUNTS names the account; of one that it does not name, only the history is kept';

COMMENT ON COLUMN app.emag_accounts.place IS 'Place in EMAG_ACCOUNTS, from 1; null: not configured';

COMMENT ON COLUMN app.emag_accounts.renamed_from IS 'What the account was called before: EMAG_ACCOUNTS names it anew, marketplace and user are the same';

COMMENT ON COLUMN app.emag_accounts.renamed_at IS 'When its rows took the new name, UTC';

COMMENT ON COLUMN app.emag_accounts.country IS 'Where it sells: RO, BG or HU. EMAG_<ACCOUNT>_COUNTRY, else as eMAG''s host says, else RO';

CREATE TABLE app.emag_offer_contents (
    account_type text CONSTRAINT emag_product_offers_v2_account_type_not_null NOT NULL,
    emag_offer_id bigint CONSTRAINT emag_product_offers_v2_emag_offer_id_not_null NOT NULL,
    sku text CONSTRAINT emag_product_offers_v2_sku_not_null NOT NULL,
    price numeric(14,4),
    original_price numeric(14,4),
    sale_price numeric(14,4),
    min_sale_price numeric(14,4),
    max_sale_price numeric(14,4),
    recommended_price numeric(14,4),
    currency text,
    vat_id bigint,
    stock bigint CONSTRAINT emag_product_offers_v2_stock_not_null NOT NULL,
    reserved_stock bigint CONSTRAINT emag_product_offers_v2_reserved_stock_not_null NOT NULL,
    available_stock bigint GENERATED ALWAYS AS ((stock - reserved_stock)) STORED CONSTRAINT emag_product_offers_v2_available_stock_not_null NOT NULL,
    handling_time integer,
    status smallint CONSTRAINT emag_product_offers_v2_status_not_null NOT NULL,
    offer_validation_status smallint,
    visibility text CONSTRAINT emag_product_offers_v2_visibility_not_null NOT NULL,
    is_available boolean CONSTRAINT emag_product_offers_v2_is_available_not_null NOT NULL,
    sync_attempts integer DEFAULT 0 CONSTRAINT emag_product_offers_v2_sync_attempts_not_null NOT NULL,
    created_at timestamp with time zone CONSTRAINT emag_product_offers_v2_created_at_not_null NOT NULL,
    updated_at timestamp with time zone CONSTRAINT emag_product_offers_v2_updated_at_not_null NOT NULL,
    CONSTRAINT emag_product_offers_v2_check CHECK (((NOT is_available) OR (price IS NOT NULL))),
    CONSTRAINT emag_product_offers_v2_reserved_stock_check CHECK ((reserved_stock >= 0)),
    CONSTRAINT emag_product_offers_v2_sale_price_check CHECK ((sale_price > (0)::numeric)),
    CONSTRAINT emag_product_offers_v2_stock_check CHECK ((stock >= 0)),
    CONSTRAINT emag_product_offers_v2_sync_attempts_check CHECK ((sync_attempts >= 0)),
    CONSTRAINT emag_product_offers_v2_visibility_check CHECK ((visibility = ANY (ARRAY['visible'::text, 'hidden'::text])))
)
WITH (fillfactor='80');

COMMENT ON TABLE app.emag_offer_contents IS 'What emag_product_offers_v2 shows, without when it was read: a sync writes the row when something in it changed';

COMMENT ON COLUMN app.emag_offer_contents.account_type IS 'Account, lower case, such as main or fbe';

COMMENT ON COLUMN app.emag_offer_contents.emag_offer_id IS 'Seller''s offer id = emag_products_v2.emag_id';

COMMENT ON COLUMN app.emag_offer_contents.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.emag_offer_contents.price IS 'Selling price = sale_price, without VAT, in currency; null when there is none';

COMMENT ON COLUMN app.emag_offer_contents.original_price IS 'Price before the discount: recommended_price where it is above sale_price, else sale_price';

COMMENT ON COLUMN app.emag_offer_contents.sale_price IS 'Selling price, in currency';

COMMENT ON COLUMN app.emag_offer_contents.min_sale_price IS 'Lowest price that eMAG accepts for the offer, in currency';

COMMENT ON COLUMN app.emag_offer_contents.max_sale_price IS 'Highest price that eMAG accepts for the offer, in currency';

COMMENT ON COLUMN app.emag_offer_contents.recommended_price IS 'Recommended price, in currency; null when eMAG gives none or 0';

COMMENT ON COLUMN app.emag_offer_contents.currency IS 'ISO 4217 code that eMAG gives with the row';

COMMENT ON COLUMN app.emag_offer_contents.vat_id IS 'eMAG''s VAT id';

COMMENT ON COLUMN app.emag_offer_contents.stock IS 'Pieces published';

COMMENT ON COLUMN app.emag_offer_contents.reserved_stock IS 'Pieces in unacknowledged orders: general_stock less estimated_stock of the same read, at least 0';

COMMENT ON COLUMN app.emag_offer_contents.available_stock IS 'stock less reserved_stock, derived; negative when oversold';

COMMENT ON COLUMN app.emag_offer_contents.handling_time IS 'Days until the seller hands over the parcel';

COMMENT ON COLUMN app.emag_offer_contents.status IS '0 inactive, 1 active, 2 end of life';

COMMENT ON COLUMN app.emag_offer_contents.offer_validation_status IS '1 saleable, 2 price waits for a check';

COMMENT ON COLUMN app.emag_offer_contents.visibility IS 'visible: active, priced and validated by eMAG; else hidden';

COMMENT ON COLUMN app.emag_offer_contents.is_available IS 'visible and in stock: a customer can buy it';

COMMENT ON COLUMN app.emag_offer_contents.sync_attempts IS 'Syncs in a row that could not store the offer; 0 after one that could';

COMMENT ON COLUMN app.emag_offer_contents.created_at IS 'First seen, UTC';

COMMENT ON COLUMN app.emag_offer_contents.updated_at IS 'Content last changed, UTC';

CREATE TABLE app.emag_offer_history (
    account_type text NOT NULL,
    emag_offer_id bigint NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    sku text NOT NULL,
    price numeric(14,4),
    currency text,
    stock bigint,
    stock_above bigint,
    status smallint NOT NULL,
    is_removed boolean DEFAULT false NOT NULL
);

COMMENT ON TABLE app.emag_offer_history IS 'What an offer was: a row when price, stock or status changes, valid until the next row; see offers_as_of(time)';

COMMENT ON COLUMN app.emag_offer_history.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.emag_offer_history.emag_offer_id IS 'Seller''s offer id';

COMMENT ON COLUMN app.emag_offer_history.valid_from IS 'When the values were first read, UTC';

COMMENT ON COLUMN app.emag_offer_history.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.emag_offer_history.price IS 'Selling price without VAT, in currency';

COMMENT ON COLUMN app.emag_offer_history.currency IS 'ISO 4217 code that eMAG gave with the row';

COMMENT ON COLUMN app.emag_offer_history.stock IS 'Pieces; null while only stock_above is known';

COMMENT ON COLUMN app.emag_offer_history.stock_above IS 'More pieces than this, not counted; null while stock is known';

COMMENT ON COLUMN app.emag_offer_history.status IS '0 inactive, 1 active, 2 end of life';

COMMENT ON COLUMN app.emag_offer_history.is_removed IS 'Whether the offer was gone';

CREATE TABLE app.emag_offer_market_history (
    account_type text NOT NULL,
    emag_offer_id bigint NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    buy_button_rank integer,
    best_offer_sale_price numeric(14,4),
    best_offer_recommended_price numeric(14,4),
    number_of_offers integer
);

COMMENT ON TABLE app.emag_offer_market_history IS 'What competitors do around an offer: a row when one of the values changes, valid until the next row';

COMMENT ON COLUMN app.emag_offer_market_history.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.emag_offer_market_history.emag_offer_id IS 'Seller''s offer id';

COMMENT ON COLUMN app.emag_offer_market_history.observed_at IS 'When the new values were read, UTC';

COMMENT ON COLUMN app.emag_offer_market_history.buy_button_rank IS 'Position in the race for the buy button; null when not competing';

COMMENT ON COLUMN app.emag_offer_market_history.best_offer_sale_price IS 'Best price of any seller on the product, without VAT';

COMMENT ON COLUMN app.emag_offer_market_history.best_offer_recommended_price IS 'Recommended price of that offer, without VAT';

COMMENT ON COLUMN app.emag_offer_market_history.number_of_offers IS 'Sellers with active offers on the product';

CREATE TABLE app.emag_offers_seen (
    account_type text NOT NULL,
    emag_id bigint NOT NULL,
    raw_hash bytea,
    last_sync_id bigint,
    received_sync_id bigint,
    last_synced_at timestamp with time zone NOT NULL,
    last_stored_at timestamp with time zone NOT NULL
)
WITH (fillfactor='45');

COMMENT ON TABLE app.emag_offers_seen IS 'One row per account and eMAG offer id: when it was read, and what its row was then. Each sync writes all of them, so they are narrow; people read these times in emag_products_v2 and emag_product_offers_v2';

COMMENT ON COLUMN app.emag_offers_seen.account_type IS 'Account, lower case, such as main or fbe';

COMMENT ON COLUMN app.emag_offers_seen.emag_id IS 'Seller''s offer id (emag_product_contents.emag_id)';

COMMENT ON COLUMN app.emag_offers_seen.raw_hash IS 'Hash of the row as eMAG sent it last, and of the code that read it (BLAKE2b, 16 bytes): a row with the same one says nothing new, and another version of the code reads every row once. Null: the next row is read whatever it is, because the last one could not be stored or came before there were hashes, the offer is taken for gone or for more than a bound, or something was changed by hand';

COMMENT ON COLUMN app.emag_offers_seen.last_sync_id IS 'The sync that last saw the offer, in its last reading where it read twice (emag_sync_logs.id)';

COMMENT ON COLUMN app.emag_offers_seen.received_sync_id IS 'A sync that received the offer and then read once more and did not: it has not seen the offer, and does not count as one of the two that did not. Null: there was none';

COMMENT ON COLUMN app.emag_offers_seen.last_synced_at IS 'Last seen, UTC';

COMMENT ON COLUMN app.emag_offers_seen.last_stored_at IS 'Last seen with a row that could be stored, UTC: how old stock and price are';

CREATE TABLE app.emag_order_lines (
    account_type text NOT NULL,
    order_id bigint NOT NULL,
    line_id bigint NOT NULL,
    product_id bigint,
    part_number_key text,
    part_number text,
    ext_part_number text,
    status smallint,
    quantity bigint,
    initial_qty bigint,
    storno_qty bigint,
    sale_price numeric(14,4),
    original_price numeric(14,4),
    currency text,
    vat_rate numeric(7,4),
    CONSTRAINT emag_order_lines_line_id_check CHECK ((line_id > 0))
);

COMMENT ON TABLE app.emag_order_lines IS 'What was ordered: one row per line of an order. A line that a later whole reading of its order lacks is deleted';

COMMENT ON COLUMN app.emag_order_lines.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.emag_order_lines.order_id IS 'The order (emag_orders)';

COMMENT ON COLUMN app.emag_order_lines.line_id IS 'eMAG''s number of the line';

COMMENT ON COLUMN app.emag_order_lines.product_id IS 'Seller''s offer id (emag_products_v2.emag_id): the first thing to join by; null where eMAG sent none';

COMMENT ON COLUMN app.emag_order_lines.part_number_key IS 'eMAG''s catalogue code: the second thing to join by';

COMMENT ON COLUMN app.emag_order_lines.part_number IS 'As eMAG sent it: the seller''s SKU in most answers, eMAG''s in some: the third thing to join by';

COMMENT ON COLUMN app.emag_order_lines.ext_part_number IS 'As eMAG sent it: the seller''s SKU where part_number is not';

COMMENT ON COLUMN app.emag_order_lines.status IS '1: counts; 0: cancelled; null: none was sent';

COMMENT ON COLUMN app.emag_order_lines.quantity IS 'Pieces of it now, what came back taken off; null: none was sent. Null is unknown, not zero';

COMMENT ON COLUMN app.emag_order_lines.initial_qty IS 'Pieces ordered at first, returned ones included';

COMMENT ON COLUMN app.emag_order_lines.storno_qty IS 'Pieces returned or cancelled since';

COMMENT ON COLUMN app.emag_order_lines.sale_price IS 'Price of a piece without VAT, in currency';

COMMENT ON COLUMN app.emag_order_lines.original_price IS 'Price of a piece before discounts, without VAT, in currency';

COMMENT ON COLUMN app.emag_order_lines.currency IS 'ISO 4217 code that eMAG gave with the line';

COMMENT ON COLUMN app.emag_order_lines.vat_rate IS 'VAT as a fraction, such as 0.2100';

CREATE TABLE app.emag_order_windows (
    account_type text NOT NULL,
    order_type smallint NOT NULL,
    axis text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    read_to timestamp with time zone,
    read_at timestamp with time zone,
    asked_from timestamp with time zone,
    asked_to timestamp with time zone,
    sync_log_id bigint,
    total_items integer,
    distinct_items integer DEFAULT 0 NOT NULL,
    processed_items integer DEFAULT 0 NOT NULL,
    created_items integer DEFAULT 0 NOT NULL,
    updated_items integer DEFAULT 0 NOT NULL,
    unchanged_items integer DEFAULT 0 NOT NULL,
    failed_items integer DEFAULT 0 NOT NULL,
    duplicate_items integer DEFAULT 0 NOT NULL,
    pages_processed integer DEFAULT 0 NOT NULL,
    error text,
    CONSTRAINT emag_order_windows_account_type_check CHECK (((account_type = lower(account_type)) AND (account_type <> ''::text))),
    CONSTRAINT emag_order_windows_axis_check CHECK ((axis = ANY (ARRAY['created'::text, 'modified'::text]))),
    CONSTRAINT emag_order_windows_check CHECK ((ends_at > starts_at)),
    CONSTRAINT emag_order_windows_check1 CHECK (((read_to > starts_at) AND (read_to <= ends_at))),
    CONSTRAINT emag_order_windows_check2 CHECK (((read_to IS NULL) = (read_at IS NULL))),
    CONSTRAINT emag_order_windows_total_items_check CHECK ((total_items >= 0))
);

COMMENT ON TABLE app.emag_order_windows IS 'Stretches of time in which orders are asked for, of at most 28 days: of each account and type those in which orders were created, and those in which they were changed. Together they say what was read and what is missing: order_gaps';

COMMENT ON COLUMN app.emag_order_windows.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.emag_order_windows.order_type IS '3: shipped by the seller; 2: fulfilled by eMAG';

COMMENT ON COLUMN app.emag_order_windows.axis IS 'created: by when orders were created, for the history and for fresh ones, which have no time of change; modified: by when they were changed, from the day of the first reading on';

COMMENT ON COLUMN app.emag_order_windows.starts_at IS 'Its start, UTC: a midnight in Bucharest';

COMMENT ON COLUMN app.emag_order_windows.ends_at IS 'Its end, UTC: the start of the next window';

COMMENT ON COLUMN app.emag_order_windows.read_to IS 'The watermark: up to here the window was read whole, UTC. Moved only after the last page; null: never read whole';

COMMENT ON COLUMN app.emag_order_windows.read_at IS 'When the watermark was last moved, UTC';

COMMENT ON COLUMN app.emag_order_windows.asked_from IS 'From when the last reading asked, UTC: before the watermark, so that what came late is not missed';

COMMENT ON COLUMN app.emag_order_windows.asked_to IS 'Until when the last reading asked, UTC';

COMMENT ON COLUMN app.emag_order_windows.sync_log_id IS 'The sync that last began to read it (emag_sync_logs.id)';

COMMENT ON COLUMN app.emag_order_windows.total_items IS 'Orders of the last reading as eMAG counted them; null: it did not say';

COMMENT ON COLUMN app.emag_order_windows.distinct_items IS 'Different orders that the last reading received';

COMMENT ON COLUMN app.emag_order_windows.processed_items IS 'Rows that the last reading received = created + updated + unchanged + failed + duplicate';

COMMENT ON COLUMN app.emag_order_windows.created_items IS 'Of these: orders seen for the first time';

COMMENT ON COLUMN app.emag_order_windows.updated_items IS 'Of these: orders that changed';

COMMENT ON COLUMN app.emag_order_windows.unchanged_items IS 'Of these: orders as they were, or older';

COMMENT ON COLUMN app.emag_order_windows.failed_items IS 'Of these: rows in emag_rejected_orders';

COMMENT ON COLUMN app.emag_order_windows.duplicate_items IS 'Of these: rows of an order that the same page repeats';

COMMENT ON COLUMN app.emag_order_windows.pages_processed IS 'Pages that the last reading stored: how far it came';

COMMENT ON COLUMN app.emag_order_windows.error IS 'Why the last reading did not read it whole; null: it did, or runs';

CREATE TABLE app.emag_orders (
    account_type text NOT NULL,
    order_id bigint NOT NULL,
    order_type smallint NOT NULL,
    status smallint,
    ordered_at timestamp with time zone,
    ordered_on date GENERATED ALWAYS AS (((ordered_at AT TIME ZONE 'Europe/Bucharest'::text))::date) STORED,
    modified_at timestamp with time zone,
    payment_mode smallint,
    is_storno boolean,
    parent_id bigint,
    reason_cancellation integer,
    shipping_tax numeric(14,4),
    refunded_amount numeric(14,4),
    is_whole boolean NOT NULL,
    lines_as_of timestamp with time zone,
    notes text[] DEFAULT '{}'::text[] NOT NULL,
    content_hash bytea NOT NULL,
    last_sync_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT emag_orders_account_type_check CHECK (((account_type = lower(account_type)) AND (account_type <> ''::text))),
    CONSTRAINT emag_orders_order_id_check CHECK ((order_id > 0))
);

COMMENT ON TABLE app.emag_orders IS 'Orders of both types. Who ordered is not in it: no name, address, mail or telephone is ever stored';

COMMENT ON COLUMN app.emag_orders.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.emag_orders.order_id IS 'eMAG''s number of the order';

COMMENT ON COLUMN app.emag_orders.order_type IS '3: shipped by the seller; 2: fulfilled by eMAG';

COMMENT ON COLUMN app.emag_orders.status IS '0 cancelled, 1 new, 2 in progress, 3 prepared, 4 finalized, 5 returned; another number is kept as eMAG sent it; null: none was sent';

COMMENT ON COLUMN app.emag_orders.ordered_at IS 'When it was ordered, UTC; eMAG says it in the time of Bucharest. Null: eMAG named no usable time';

COMMENT ON COLUMN app.emag_orders.ordered_on IS 'The day of ordered_at in Bucharest: demand counts by it';

COMMENT ON COLUMN app.emag_orders.modified_at IS 'When eMAG last changed it, UTC; null while nobody has';

COMMENT ON COLUMN app.emag_orders.payment_mode IS '1 cash on delivery, 2 bank transfer, 3 card';

COMMENT ON COLUMN app.emag_orders.is_storno IS 'Whether eMAG marks it as a reversal';

COMMENT ON COLUMN app.emag_orders.parent_id IS 'The order that it came from, where eMAG names one';

COMMENT ON COLUMN app.emag_orders.reason_cancellation IS 'eMAG''s code of why it was cancelled';

COMMENT ON COLUMN app.emag_orders.shipping_tax IS 'Shipping, with VAT, in the currency of its lines';

COMMENT ON COLUMN app.emag_orders.refunded_amount IS 'What was paid back, in the currency of its lines';

COMMENT ON COLUMN app.emag_orders.is_whole IS 'Whether it was ever sent with products and customer; eMAG also sends rows without, which take nothing away from it';

COMMENT ON COLUMN app.emag_orders.lines_as_of IS 'modified_at of the row that last came with lines, or of when it was asked for by its number; another one than modified_at: eMAG said that it changed and sent no lines, so the next sync asks for it';

COMMENT ON COLUMN app.emag_orders.notes IS 'Values that could not be kept, one sentence each, without quoting them';

COMMENT ON COLUMN app.emag_orders.content_hash IS 'Of order and lines as last stored: an equal row changes nothing';

COMMENT ON COLUMN app.emag_orders.last_sync_id IS 'The sync that last changed it (emag_sync_logs.id)';

COMMENT ON COLUMN app.emag_orders.created_at IS 'When it was first stored, UTC';

COMMENT ON COLUMN app.emag_orders.updated_at IS 'When it or one of its lines last changed here, UTC';

CREATE TABLE app.emag_product_contents (
    account_type text CONSTRAINT emag_products_v2_account_type_not_null NOT NULL,
    emag_id bigint CONSTRAINT emag_products_v2_emag_id_not_null NOT NULL,
    sku text CONSTRAINT emag_products_v2_sku_not_null NOT NULL,
    part_number_key text,
    name text,
    brand text,
    category_id bigint,
    description text,
    url text,
    images jsonb DEFAULT '[]'::jsonb CONSTRAINT emag_products_v2_images_not_null NOT NULL,
    characteristics jsonb DEFAULT '[]'::jsonb CONSTRAINT emag_products_v2_characteristics_not_null NOT NULL,
    ean text[] DEFAULT '{}'::text[] CONSTRAINT emag_products_v2_ean_not_null NOT NULL,
    price numeric(14,4),
    currency text,
    vat_id bigint,
    warranty integer,
    stock_quantity bigint CONSTRAINT emag_products_v2_stock_quantity_not_null NOT NULL,
    general_stock bigint,
    estimated_stock bigint,
    status smallint CONSTRAINT emag_products_v2_status_not_null NOT NULL,
    ownership boolean,
    validation_status smallint[] DEFAULT '{}'::smallint[] CONSTRAINT emag_products_v2_validation_status_not_null NOT NULL,
    translation_validation_status smallint[] DEFAULT '{}'::smallint[] CONSTRAINT emag_products_v2_translation_validation_status_not_null NOT NULL,
    offer_validation_status smallint,
    validation_errors jsonb,
    family_id bigint,
    family_name text,
    family_type_id bigint,
    genius_eligibility smallint,
    genius_eligibility_type smallint,
    genius_computed smallint,
    notes text[] DEFAULT '{}'::text[] CONSTRAINT emag_products_v2_notes_not_null NOT NULL,
    content_hash bytea CONSTRAINT emag_products_v2_content_hash_not_null NOT NULL,
    sync_status text DEFAULT 'synced'::text CONSTRAINT emag_products_v2_sync_status_not_null NOT NULL,
    sync_error text,
    created_at timestamp with time zone CONSTRAINT emag_products_v2_created_at_not_null NOT NULL,
    updated_at timestamp with time zone CONSTRAINT emag_products_v2_updated_at_not_null NOT NULL,
    removed_at timestamp with time zone,
    is_active boolean GENERATED ALWAYS AS (((status = 1) AND (removed_at IS NULL))) STORED CONSTRAINT emag_products_v2_is_active_not_null NOT NULL,
    stock_above bigint,
    stock_above_since timestamp with time zone,
    stock_asked_at timestamp with time zone,
    CONSTRAINT emag_products_v2_account_type_check CHECK (((account_type = lower(account_type)) AND (account_type <> ''::text))),
    CONSTRAINT emag_products_v2_check CHECK (((sync_status = 'error'::text) = (sync_error IS NOT NULL))),
    CONSTRAINT emag_products_v2_check1 CHECK (((stock_above IS NULL) = (stock_above_since IS NULL))),
    CONSTRAINT emag_products_v2_emag_id_check CHECK ((emag_id > 0)),
    CONSTRAINT emag_products_v2_price_check CHECK ((price > (0)::numeric)),
    CONSTRAINT emag_products_v2_sku_check CHECK ((sku <> ''::text)),
    CONSTRAINT emag_products_v2_stock_above_check CHECK ((stock_above >= 0)),
    CONSTRAINT emag_products_v2_stock_quantity_check CHECK ((stock_quantity >= 0)),
    CONSTRAINT emag_products_v2_sync_status_check CHECK ((sync_status = ANY (ARRAY['synced'::text, 'error'::text])))
)
WITH (fillfactor='80');

COMMENT ON TABLE app.emag_product_contents IS 'What emag_products_v2 shows, without when it was read: a sync writes the row when something in it changed';

COMMENT ON COLUMN app.emag_product_contents.account_type IS 'Account, lower case, such as main or fbe';

COMMENT ON COLUMN app.emag_product_contents.emag_id IS 'Seller''s offer id, the key within an account (eMAG: id)';

COMMENT ON COLUMN app.emag_product_contents.sku IS 'Seller''s SKU, joins eMAG to products.sku (eMAG: part_number)';

COMMENT ON COLUMN app.emag_product_contents.part_number_key IS 'eMAG catalogue code (PNK), the same in both accounts; null until eMAG approves the product';

COMMENT ON COLUMN app.emag_product_contents.name IS 'Title as the seller sent it; null on products that somebody else documents';

COMMENT ON COLUMN app.emag_product_contents.brand IS 'Brand as the seller sent it, else eMAG''s';

COMMENT ON COLUMN app.emag_product_contents.category_id IS 'eMAG category id';

COMMENT ON COLUMN app.emag_product_contents.description IS 'Description as sent, HTML';

COMMENT ON COLUMN app.emag_product_contents.url IS 'Product page on the seller''s own site';

COMMENT ON COLUMN app.emag_product_contents.images IS 'List of {url, display_type}';

COMMENT ON COLUMN app.emag_product_contents.characteristics IS 'List of {id, tag, value}; an id may repeat';

COMMENT ON COLUMN app.emag_product_contents.ean IS 'Bar codes as text, leading zeros kept';

COMMENT ON COLUMN app.emag_product_contents.price IS 'Selling price without VAT, in currency; null when eMAG gives none';

COMMENT ON COLUMN app.emag_product_contents.currency IS 'ISO 4217 code that eMAG gives with the row';

COMMENT ON COLUMN app.emag_product_contents.vat_id IS 'eMAG''s VAT id, to be resolved through vat/read';

COMMENT ON COLUMN app.emag_product_contents.warranty IS 'Warranty, months';

COMMENT ON COLUMN app.emag_product_contents.stock_quantity IS 'Pieces: sum of stock[].value, else general_stock, else 0; a negative one is stored as 0 and noted';

COMMENT ON COLUMN app.emag_product_contents.general_stock IS 'general_stock as eMAG told it, pieces';

COMMENT ON COLUMN app.emag_product_contents.estimated_stock IS 'general_stock less reservations of unacknowledged orders, pieces';

COMMENT ON COLUMN app.emag_product_contents.status IS '0 inactive, 1 active, 2 end of life';

COMMENT ON COLUMN app.emag_product_contents.ownership IS 'Whether the seller may edit the documentation';

COMMENT ON COLUMN app.emag_product_contents.validation_status IS 'Documentation status, one or more codes (9 approved, 3 waits for EAN ...)';

COMMENT ON COLUMN app.emag_product_contents.translation_validation_status IS 'The same of the translation';

COMMENT ON COLUMN app.emag_product_contents.offer_validation_status IS '1 saleable, 2 price waits for a check';

COMMENT ON COLUMN app.emag_product_contents.validation_errors IS 'What eMAG says is wrong with the documentation';

COMMENT ON COLUMN app.emag_product_contents.family_id IS 'Family of variants; null for none';

COMMENT ON COLUMN app.emag_product_contents.family_name IS 'Name of the family of variants';

COMMENT ON COLUMN app.emag_product_contents.family_type_id IS 'eMAG family type';

COMMENT ON COLUMN app.emag_product_contents.genius_eligibility IS '1 eligible for Genius, 0 not';

COMMENT ON COLUMN app.emag_product_contents.genius_eligibility_type IS '1 full, 2 EasyBox, 3 home delivery';

COMMENT ON COLUMN app.emag_product_contents.genius_computed IS '0 not active in Genius, else the active type';

COMMENT ON COLUMN app.emag_product_contents.notes IS 'What had to be normalised in this row, one sentence each';

COMMENT ON COLUMN app.emag_product_contents.content_hash IS 'SHA-256 of the content; market fields are not in it';

COMMENT ON COLUMN app.emag_product_contents.sync_status IS 'synced, or error: the newest row of this offer could not be stored';

COMMENT ON COLUMN app.emag_product_contents.sync_error IS 'Why not';

COMMENT ON COLUMN app.emag_product_contents.created_at IS 'First seen, UTC';

COMMENT ON COLUMN app.emag_product_contents.updated_at IS 'Content last changed, UTC';

COMMENT ON COLUMN app.emag_product_contents.removed_at IS 'When it was concluded that the offer is gone, UTC; null while it is there';

COMMENT ON COLUMN app.emag_product_contents.is_active IS 'status 1 and not removed, derived';

COMMENT ON COLUMN app.emag_product_contents.stock_above IS 'The stock is more than this, or the offer is gone: an incremental sync asked for all offers with at most so many pieces, and this one was low before and did not come back. Null: stock_quantity is exact';

COMMENT ON COLUMN app.emag_product_contents.stock_above_since IS 'Since when that is known, UTC';

COMMENT ON COLUMN app.emag_product_contents.stock_asked_at IS 'When the offer was last asked for by its id and did not come, UTC';

CREATE VIEW app.emag_product_offers_v2 AS
 SELECT offer.account_type,
    offer.emag_offer_id,
    offer.sku,
    offer.price,
    offer.original_price,
    offer.sale_price,
    offer.min_sale_price,
    offer.max_sale_price,
    offer.recommended_price,
    offer.currency,
    offer.vat_id,
    offer.stock,
    offer.reserved_stock,
    offer.available_stock,
    offer.handling_time,
    offer.status,
    offer.offer_validation_status,
    offer.visibility,
    offer.is_available,
    offer.sync_attempts,
    offer.created_at,
    offer.updated_at,
    seen.last_stored_at AS last_synced_at
   FROM (app.emag_offer_contents offer
     LEFT JOIN app.emag_offers_seen seen ON (((offer.account_type = seen.account_type) AND (offer.emag_offer_id = seen.emag_id))));

COMMENT ON VIEW app.emag_product_offers_v2 IS 'One row per account and eMAG offer id: on what terms the product is sold. All prices without VAT';

COMMENT ON COLUMN app.emag_product_offers_v2.account_type IS 'Account, lower case, such as main or fbe';

COMMENT ON COLUMN app.emag_product_offers_v2.emag_offer_id IS 'Seller''s offer id = emag_products_v2.emag_id';

COMMENT ON COLUMN app.emag_product_offers_v2.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.emag_product_offers_v2.price IS 'Selling price = sale_price, without VAT, in currency; null when there is none';

COMMENT ON COLUMN app.emag_product_offers_v2.original_price IS 'Price before the discount: recommended_price where it is above sale_price, else sale_price';

COMMENT ON COLUMN app.emag_product_offers_v2.sale_price IS 'Selling price, in currency';

COMMENT ON COLUMN app.emag_product_offers_v2.min_sale_price IS 'Lowest price that eMAG accepts for the offer, in currency';

COMMENT ON COLUMN app.emag_product_offers_v2.max_sale_price IS 'Highest price that eMAG accepts for the offer, in currency';

COMMENT ON COLUMN app.emag_product_offers_v2.recommended_price IS 'Recommended price, in currency; null when eMAG gives none or 0';

COMMENT ON COLUMN app.emag_product_offers_v2.currency IS 'ISO 4217 code that eMAG gives with the row';

COMMENT ON COLUMN app.emag_product_offers_v2.vat_id IS 'eMAG''s VAT id';

COMMENT ON COLUMN app.emag_product_offers_v2.stock IS 'Pieces published';

COMMENT ON COLUMN app.emag_product_offers_v2.reserved_stock IS 'Pieces in unacknowledged orders: general_stock less estimated_stock of the same read, at least 0';

COMMENT ON COLUMN app.emag_product_offers_v2.available_stock IS 'stock less reserved_stock, derived; negative when oversold';

COMMENT ON COLUMN app.emag_product_offers_v2.handling_time IS 'Days until the seller hands over the parcel';

COMMENT ON COLUMN app.emag_product_offers_v2.status IS '0 inactive, 1 active, 2 end of life';

COMMENT ON COLUMN app.emag_product_offers_v2.offer_validation_status IS '1 saleable, 2 price waits for a check';

COMMENT ON COLUMN app.emag_product_offers_v2.visibility IS 'visible: active, priced and validated by eMAG; else hidden';

COMMENT ON COLUMN app.emag_product_offers_v2.is_available IS 'visible and in stock: a customer can buy it';

COMMENT ON COLUMN app.emag_product_offers_v2.sync_attempts IS 'Syncs in a row that could not store the offer; 0 after one that could';

COMMENT ON COLUMN app.emag_product_offers_v2.created_at IS 'First seen, UTC';

COMMENT ON COLUMN app.emag_product_offers_v2.updated_at IS 'Content last changed, UTC';

COMMENT ON COLUMN app.emag_product_offers_v2.last_synced_at IS 'Last seen, UTC';

CREATE VIEW app.emag_products_v2 AS
 SELECT product.account_type,
    product.emag_id,
    product.sku,
    product.part_number_key,
    product.name,
    product.brand,
    product.category_id,
    product.description,
    product.url,
    product.images,
    product.characteristics,
    product.ean,
    product.price,
    product.currency,
    product.vat_id,
    product.warranty,
    product.stock_quantity,
    product.general_stock,
    product.estimated_stock,
    product.status,
    product.ownership,
    product.validation_status,
    product.translation_validation_status,
    product.offer_validation_status,
    product.validation_errors,
    product.family_id,
    product.family_name,
    product.family_type_id,
    product.genius_eligibility,
    product.genius_eligibility_type,
    product.genius_computed,
    product.notes,
    product.content_hash,
    product.sync_status,
    product.sync_error,
    seen.last_sync_id,
    product.created_at,
    product.updated_at,
    seen.last_synced_at,
    product.removed_at,
    product.is_active,
    product.stock_above,
    product.stock_above_since,
    product.stock_asked_at,
    seen.received_sync_id
   FROM (app.emag_product_contents product
     LEFT JOIN app.emag_offers_seen seen ON (((product.account_type = seen.account_type) AND (product.emag_id = seen.emag_id))));

COMMENT ON VIEW app.emag_products_v2 IS 'One row per account and eMAG offer id: what the product is';

COMMENT ON COLUMN app.emag_products_v2.account_type IS 'Account, lower case, such as main or fbe';

COMMENT ON COLUMN app.emag_products_v2.emag_id IS 'Seller''s offer id, the key within an account (eMAG: id)';

COMMENT ON COLUMN app.emag_products_v2.sku IS 'Seller''s SKU, joins eMAG to products.sku (eMAG: part_number)';

COMMENT ON COLUMN app.emag_products_v2.part_number_key IS 'eMAG catalogue code (PNK), the same in both accounts; null until eMAG approves the product';

COMMENT ON COLUMN app.emag_products_v2.name IS 'Title as the seller sent it; null on products that somebody else documents';

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

COMMENT ON COLUMN app.emag_products_v2.stock_quantity IS 'Pieces: sum of stock[].value, else general_stock, else 0; a negative one is stored as 0 and noted';

COMMENT ON COLUMN app.emag_products_v2.general_stock IS 'general_stock as eMAG told it, pieces';

COMMENT ON COLUMN app.emag_products_v2.estimated_stock IS 'general_stock less reservations of unacknowledged orders, pieces';

COMMENT ON COLUMN app.emag_products_v2.status IS '0 inactive, 1 active, 2 end of life';

COMMENT ON COLUMN app.emag_products_v2.ownership IS 'Whether the seller may edit the documentation';

COMMENT ON COLUMN app.emag_products_v2.validation_status IS 'Documentation status, one or more codes (9 approved, 3 waits for EAN ...)';

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

COMMENT ON COLUMN app.emag_products_v2.sync_status IS 'synced, or error: the newest row of this offer could not be stored';

COMMENT ON COLUMN app.emag_products_v2.sync_error IS 'Why not';

COMMENT ON COLUMN app.emag_products_v2.last_sync_id IS 'The sync that last saw the offer, in its last reading where it read twice (emag_sync_logs.id)';

COMMENT ON COLUMN app.emag_products_v2.created_at IS 'First seen, UTC';

COMMENT ON COLUMN app.emag_products_v2.updated_at IS 'Content last changed, UTC';

COMMENT ON COLUMN app.emag_products_v2.last_synced_at IS 'Last seen, UTC';

COMMENT ON COLUMN app.emag_products_v2.removed_at IS 'When it was concluded that the offer is gone, UTC; null while it is there';

COMMENT ON COLUMN app.emag_products_v2.is_active IS 'status 1 and not removed, derived';

COMMENT ON COLUMN app.emag_products_v2.stock_above IS 'The stock is more than this, or the offer is gone: an incremental sync asked for all offers with at most so many pieces, and this one was low before and did not come back. Null: stock_quantity is exact';

COMMENT ON COLUMN app.emag_products_v2.stock_above_since IS 'Since when that is known, UTC';

COMMENT ON COLUMN app.emag_products_v2.stock_asked_at IS 'When the offer was last asked for by its id and did not come, UTC';

COMMENT ON COLUMN app.emag_products_v2.received_sync_id IS 'A sync that received the offer and then read once more and did not: it has not seen the offer, and does not count as one of the two that did not. Null: there was none';

CREATE TABLE app.emag_rejected_offers (
    id bigint NOT NULL,
    account_type text NOT NULL,
    sync_log_id bigint NOT NULL,
    page integer NOT NULL,
    emag_offer_id bigint,
    reason text NOT NULL,
    payload bytea NOT NULL,
    rejected_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE app.emag_rejected_offers IS 'Rows that could not be stored, with the reason: nothing is dropped in silence';

COMMENT ON COLUMN app.emag_rejected_offers.id IS 'Number of the row';

COMMENT ON COLUMN app.emag_rejected_offers.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.emag_rejected_offers.sync_log_id IS 'The sync that received it';

COMMENT ON COLUMN app.emag_rejected_offers.page IS 'The page it was on';

COMMENT ON COLUMN app.emag_rejected_offers.emag_offer_id IS 'Offer id, when the row has a usable one';

COMMENT ON COLUMN app.emag_rejected_offers.reason IS 'What is wrong with it';

COMMENT ON COLUMN app.emag_rejected_offers.payload IS 'The row as JSON, UTF-8 bytes (jsonb refuses NUL characters)';

COMMENT ON COLUMN app.emag_rejected_offers.rejected_at IS 'When, UTC';

ALTER TABLE app.emag_rejected_offers ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.emag_rejected_offers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.emag_rejected_orders (
    id bigint NOT NULL,
    account_type text NOT NULL,
    sync_log_id bigint NOT NULL,
    order_type smallint NOT NULL,
    page integer NOT NULL,
    order_id bigint,
    line_number integer,
    reason text NOT NULL,
    payload jsonb NOT NULL,
    rejected_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE app.emag_rejected_orders IS 'Rows of orders, and single lines of them, that could not be stored, with the reason: nothing is dropped in silence';

COMMENT ON COLUMN app.emag_rejected_orders.id IS 'Number of the row';

COMMENT ON COLUMN app.emag_rejected_orders.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.emag_rejected_orders.sync_log_id IS 'The sync that received it';

COMMENT ON COLUMN app.emag_rejected_orders.order_type IS 'The type that was asked for';

COMMENT ON COLUMN app.emag_rejected_orders.page IS 'The page it was on';

COMMENT ON COLUMN app.emag_rejected_orders.order_id IS 'eMAG''s number of the order, when the row has a usable one';

COMMENT ON COLUMN app.emag_rejected_orders.line_number IS 'Which of its lines, from 1, where the order itself was stored; null: the whole order';

COMMENT ON COLUMN app.emag_rejected_orders.reason IS 'What is wrong with it';

COMMENT ON COLUMN app.emag_rejected_orders.payload IS 'The numbers and times of the row under the keys that are read. No text, so that nothing of a customer is kept';

COMMENT ON COLUMN app.emag_rejected_orders.rejected_at IS 'When, UTC';

ALTER TABLE app.emag_rejected_orders ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.emag_rejected_orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.emag_sync_logs (
    id bigint NOT NULL,
    sync_type text DEFAULT 'products'::text NOT NULL,
    account_type text NOT NULL,
    operation text DEFAULT 'full'::text NOT NULL,
    status text DEFAULT 'running'::text NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    duration_seconds numeric GENERATED ALWAYS AS (round(EXTRACT(epoch FROM (completed_at - started_at)), 3)) STORED,
    total_items integer,
    processed_items integer DEFAULT 0 NOT NULL,
    created_items integer DEFAULT 0 NOT NULL,
    updated_items integer DEFAULT 0 NOT NULL,
    unchanged_items integer DEFAULT 0 NOT NULL,
    failed_items integer DEFAULT 0 NOT NULL,
    duplicate_items integer DEFAULT 0 NOT NULL,
    removed_items integer DEFAULT 0 NOT NULL,
    pages_processed integer DEFAULT 0 NOT NULL,
    pages_failed integer DEFAULT 0 NOT NULL,
    api_requests_made integer DEFAULT 0 NOT NULL,
    rate_limit_hits integer DEFAULT 0 NOT NULL,
    is_complete boolean DEFAULT false NOT NULL,
    parameters jsonb DEFAULT '{}'::jsonb NOT NULL,
    errors jsonb DEFAULT '[]'::jsonb NOT NULL,
    triggered_by text DEFAULT 'unknown'::text NOT NULL,
    dagster_run_id text,
    held_back_items integer DEFAULT 0 NOT NULL,
    resumed_from bigint,
    is_proven boolean DEFAULT false NOT NULL,
    unseen_items integer DEFAULT 0 NOT NULL,
    refused_items integer DEFAULT 0 NOT NULL,
    answers jsonb DEFAULT '{}'::jsonb NOT NULL,
    requests_per_minute integer,
    CONSTRAINT emag_sync_logs_account_type_check CHECK (((account_type = lower(account_type)) AND (account_type <> ''::text))),
    CONSTRAINT emag_sync_logs_answers_check CHECK ((jsonb_typeof(answers) = 'object'::text)),
    CONSTRAINT emag_sync_logs_check CHECK (((status = 'running'::text) = (completed_at IS NULL))),
    CONSTRAINT emag_sync_logs_complete_check CHECK (((NOT is_complete) OR (status = 'completed'::text) OR ((status = 'partial'::text) AND ((held_back_items + refused_items) > 0)))),
    CONSTRAINT emag_sync_logs_errors_check CHECK ((jsonb_typeof(errors) = 'array'::text)),
    CONSTRAINT emag_sync_logs_operation_check CHECK ((operation = ANY (ARRAY['full'::text, 'incremental'::text, 'selective'::text, 'backfill'::text]))),
    CONSTRAINT emag_sync_logs_proven_check CHECK ((is_complete OR (NOT is_proven))),
    CONSTRAINT emag_sync_logs_requests_per_minute_check CHECK ((requests_per_minute > 0)),
    CONSTRAINT emag_sync_logs_status_check CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'partial'::text, 'failed'::text]))),
    CONSTRAINT emag_sync_logs_total_items_check CHECK ((total_items >= 0))
);

COMMENT ON TABLE app.emag_sync_logs IS 'One row per account and sync, visible while the sync runs';

COMMENT ON COLUMN app.emag_sync_logs.id IS 'Number of the sync';

COMMENT ON COLUMN app.emag_sync_logs.sync_type IS 'What was read: products is the catalogue with its offers; orders is what was sold';

COMMENT ON COLUMN app.emag_sync_logs.account_type IS 'Account, lower case, such as main or fbe';

COMMENT ON COLUMN app.emag_sync_logs.operation IS 'Mode. Of the catalogue: full, incremental or selective. Of orders: incremental, or backfill while history is read';

COMMENT ON COLUMN app.emag_sync_logs.status IS 'running; completed: every offer was read; partial: something is missing, see errors; failed: nothing to rely on';

COMMENT ON COLUMN app.emag_sync_logs.started_at IS 'Start, UTC';

COMMENT ON COLUMN app.emag_sync_logs.completed_at IS 'End, UTC, whatever the outcome; null while running';

COMMENT ON COLUMN app.emag_sync_logs.duration_seconds IS 'Seconds from start to end, derived';

COMMENT ON COLUMN app.emag_sync_logs.total_items IS 'Offers that the marketplace says there are; null when it did not say';

COMMENT ON COLUMN app.emag_sync_logs.processed_items IS 'Rows received = created + updated + unchanged + failed + duplicate';

COMMENT ON COLUMN app.emag_sync_logs.created_items IS 'Offers seen for the first time';

COMMENT ON COLUMN app.emag_sync_logs.updated_items IS 'Offers whose content changed';

COMMENT ON COLUMN app.emag_sync_logs.unchanged_items IS 'Offers seen again as they were';

COMMENT ON COLUMN app.emag_sync_logs.failed_items IS 'Rows that could not be stored: emag_rejected_offers holds them';

COMMENT ON COLUMN app.emag_sync_logs.duplicate_items IS 'Rows of an offer that this sync had already received';

COMMENT ON COLUMN app.emag_sync_logs.removed_items IS 'Offers concluded to be gone';

COMMENT ON COLUMN app.emag_sync_logs.pages_processed IS 'Pages stored';

COMMENT ON COLUMN app.emag_sync_logs.pages_failed IS 'Pages given up after all attempts';

COMMENT ON COLUMN app.emag_sync_logs.api_requests_made IS 'Requests sent, refused and repeated ones included';

COMMENT ON COLUMN app.emag_sync_logs.rate_limit_hits IS 'Answers 429 received';

COMMENT ON COLUMN app.emag_sync_logs.is_complete IS 'Every page of every status was read anew and the distinct offers agree with the counts before and after; whether an earlier reading speaks for it too: is_proven';

COMMENT ON COLUMN app.emag_sync_logs.parameters IS 'The options the sync was started with';

COMMENT ON COLUMN app.emag_sync_logs.errors IS 'List of {error, timestamp}, oldest first; with kind: refused where the marketplace refused the credentials';

COMMENT ON COLUMN app.emag_sync_logs.triggered_by IS 'Who or what started it: command, schedule, a person in the UI';

COMMENT ON COLUMN app.emag_sync_logs.dagster_run_id IS 'The Dagster run, to look up in its UI';

COMMENT ON COLUMN app.emag_sync_logs.held_back_items IS 'Offers that did not come back and were not marked removed, because they are more than half of the known ones: magflow accept-removal';

COMMENT ON COLUMN app.emag_sync_logs.resumed_from IS 'The sync that died before its end and whose pages this one took over; null for one that began anew';

COMMENT ON COLUMN app.emag_sync_logs.is_proven IS 'Complete, and held against the offers that an earlier whole reading knew: only such a sync can conclude that an offer is gone. A first reading, where an offer that was skipped is not missed, is complete and not yet proven';

COMMENT ON COLUMN app.emag_sync_logs.unseen_items IS 'Offers that were received, and that a later reading of the same sync did not show: they do not count as seen';

COMMENT ON COLUMN app.emag_sync_logs.refused_items IS 'Known offers whose row could not be stored: their stock is that of their last good row';

COMMENT ON COLUMN app.emag_sync_logs.answers IS 'How many of its requests ended in which way: ok, throttled (429), refused (credentials, address), client_error, server_error, malformed, slow (no answer in time), connection (broken), interrupted; together api_requests_made. Empty: of before version 0023, or closed by another process';

COMMENT ON COLUMN app.emag_sync_logs.requests_per_minute IS 'The speed limit that the sync kept; null: of before version 0023, or closed by another process';

ALTER TABLE app.emag_sync_logs ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.emag_sync_logs_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.emag_sync_progress (
    sync_log_id bigint NOT NULL,
    pages_done integer DEFAULT 0 NOT NULL,
    pages_total integer,
    items_done integer DEFAULT 0 NOT NULL,
    items_per_second numeric,
    expected_end_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    rate_limit_hits integer DEFAULT 0 NOT NULL,
    items_per_page integer,
    deadline_at timestamp with time zone,
    backend_pid integer,
    unclosed_because text
);

COMMENT ON TABLE app.emag_sync_progress IS 'How far each running sync is; the row goes when the sync ends';

COMMENT ON COLUMN app.emag_sync_progress.sync_log_id IS 'The running sync';

COMMENT ON COLUMN app.emag_sync_progress.pages_done IS 'Pages stored so far';

COMMENT ON COLUMN app.emag_sync_progress.pages_total IS 'Pages expected; null when the marketplace did not say';

COMMENT ON COLUMN app.emag_sync_progress.items_done IS 'Rows received so far';

COMMENT ON COLUMN app.emag_sync_progress.items_per_second IS 'Rows per second since the start';

COMMENT ON COLUMN app.emag_sync_progress.expected_end_at IS 'When the sync should end at this pace, UTC';

COMMENT ON COLUMN app.emag_sync_progress.updated_at IS 'When this row was written, UTC';

COMMENT ON COLUMN app.emag_sync_progress.rate_limit_hits IS 'Answers 429 so far: the marketplace asked to slow down';

COMMENT ON COLUMN app.emag_sync_progress.items_per_page IS 'Offers asked for at once at the moment: fewer while the marketplace is slow';

COMMENT ON COLUMN app.emag_sync_progress.deadline_at IS 'When the sync ends by itself at the latest, UTC';

COMMENT ON COLUMN app.emag_sync_progress.backend_pid IS 'Process id of the database session that the sync works on';

COMMENT ON COLUMN app.emag_sync_progress.unclosed_because IS 'How the sync ended, where that could not be written into its log: whoever closes the log says it';

CREATE TABLE app.exchange_rates (
    currency text NOT NULL,
    rate_date date NOT NULL,
    units integer DEFAULT 1 NOT NULL,
    ron numeric(14,6) NOT NULL,
    source text DEFAULT 'BNR'::text NOT NULL,
    CONSTRAINT exchange_rates_currency_check CHECK (((currency = upper(currency)) AND (length(currency) = 3))),
    CONSTRAINT exchange_rates_ron_check CHECK ((ron > (0)::numeric)),
    CONSTRAINT exchange_rates_units_check CHECK ((units > 0))
);

COMMENT ON TABLE app.exchange_rates IS 'What foreign money cost: units of currency = ron RON on the day';

COMMENT ON COLUMN app.exchange_rates.currency IS 'ISO 4217 code';

COMMENT ON COLUMN app.exchange_rates.rate_date IS 'Day of the rate';

COMMENT ON COLUMN app.exchange_rates.units IS 'Units of the currency that the rate is for: HUF is quoted per 100';

COMMENT ON COLUMN app.exchange_rates.ron IS 'RON for that many units';

COMMENT ON COLUMN app.exchange_rates.source IS 'Who says so';

CREATE TABLE app.forecast_accuracy (
    account_type text NOT NULL,
    day date NOT NULL,
    demand_class text NOT NULL,
    made_on date NOT NULL,
    items bigint NOT NULL,
    sold numeric(30,2) NOT NULL,
    expected numeric(30,2) NOT NULL,
    absolute_error numeric(30,2) NOT NULL,
    wape numeric(14,4) GENERATED ALWAYS AS (
CASE
    WHEN (sold > (0)::numeric) THEN LEAST((absolute_error / sold), (999999999)::numeric)
    ELSE NULL::numeric
END) STORED,
    bias numeric(14,4) GENERATED ALWAYS AS (
CASE
    WHEN (sold > (0)::numeric) THEN LEAST(((expected - sold) / sold), (999999999)::numeric)
    ELSE NULL::numeric
END) STORED
);

COMMENT ON TABLE app.forecast_accuracy IS 'How right the forecast was: once a day, what was expected four to five weeks ago against what was sold since, over the sellable days of each item without campaigns';

COMMENT ON COLUMN app.forecast_accuracy.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.forecast_accuracy.day IS 'The day of the comparison in Bucharest; days before it count';

COMMENT ON COLUMN app.forecast_accuracy.demand_class IS 'Class of the items when it was made: smooth, erratic, intermittent, lumpy, or none where it had none; all: all items';

COMMENT ON COLUMN app.forecast_accuracy.made_on IS 'The day of the forecast, from which on sales count';

COMMENT ON COLUMN app.forecast_accuracy.items IS 'Items that could be sold since, and were expected to';

COMMENT ON COLUMN app.forecast_accuracy.sold IS 'Pieces that they sold';

COMMENT ON COLUMN app.forecast_accuracy.expected IS 'Pieces that were expected on the same days';

COMMENT ON COLUMN app.forecast_accuracy.absolute_error IS 'Pieces that each item sold more or less than was expected, added up';

COMMENT ON COLUMN app.forecast_accuracy.wape IS 'absolute_error / sold: 0.25 is 25 % beside; null: nothing was sold';

COMMENT ON COLUMN app.forecast_accuracy.bias IS '(expected - sold) / sold: above 0 too much was expected; null: nothing was sold';

CREATE TABLE app.imports (
    id bigint NOT NULL,
    kind text NOT NULL,
    file_name text NOT NULL,
    file_hash bytea NOT NULL,
    imported_at timestamp with time zone DEFAULT now() NOT NULL,
    imported_by text NOT NULL,
    rows_read integer NOT NULL,
    created_rows integer,
    changed_rows integer,
    unchanged_rows integer,
    rejected_rows integer NOT NULL,
    first_day date,
    last_day date,
    CONSTRAINT imports_changed_rows_check CHECK ((changed_rows >= 0)),
    CONSTRAINT imports_created_rows_check CHECK ((created_rows >= 0)),
    CONSTRAINT imports_kind_check CHECK ((kind <> ''::text)),
    CONSTRAINT imports_rejected_rows_check CHECK ((rejected_rows >= 0)),
    CONSTRAINT imports_rows_read_check CHECK ((rows_read >= 0)),
    CONSTRAINT imports_unchanged_rows_check CHECK ((unchanged_rows >= 0))
);

COMMENT ON TABLE app.imports IS 'Files that were imported: who brought what, and what became of its rows';

COMMENT ON COLUMN app.imports.id IS 'Number of the import';

COMMENT ON COLUMN app.imports.kind IS 'sales: sold elsewhere; stock: counted';

COMMENT ON COLUMN app.imports.file_name IS 'Name of the file, without its folder';

COMMENT ON COLUMN app.imports.file_hash IS 'SHA-256 of the file: the same file again changes nothing';

COMMENT ON COLUMN app.imports.imported_at IS 'When, UTC';

COMMENT ON COLUMN app.imports.imported_by IS 'Who ran the command';

COMMENT ON COLUMN app.imports.rows_read IS 'Rows below the header of the file';

COMMENT ON COLUMN app.imports.created_rows IS 'Rows of the table that are new by it';

COMMENT ON COLUMN app.imports.changed_rows IS 'Rows of the table that had another quantity';

COMMENT ON COLUMN app.imports.unchanged_rows IS 'Rows of the table that said the same';

COMMENT ON COLUMN app.imports.rejected_rows IS 'Rows of the file that cannot be used; the command named them';

COMMENT ON COLUMN app.imports.first_day IS 'First day of its usable rows';

COMMENT ON COLUMN app.imports.last_day IS 'Last day of its usable rows';

ALTER TABLE app.imports ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.imports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.incidents (
    id bigint NOT NULL,
    kind text NOT NULL,
    subject text DEFAULT ''::text NOT NULL,
    severity text NOT NULL,
    opened_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_at timestamp with time zone,
    first_error text,
    numbers jsonb DEFAULT '{}'::jsonb NOT NULL,
    worsened_at timestamp with time zone,
    CONSTRAINT incidents_check CHECK ((closed_at >= opened_at)),
    CONSTRAINT incidents_check1 CHECK ((worsened_at > opened_at)),
    CONSTRAINT incidents_numbers_check CHECK ((jsonb_typeof(numbers) = 'object'::text)),
    CONSTRAINT incidents_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])))
);

COMMENT ON TABLE app.incidents IS 'What was or is wrong, a row from the time it was first seen until it was over. incidents_now says what is wrong now';

COMMENT ON COLUMN app.incidents.id IS 'Number of the incident';

COMMENT ON COLUMN app.incidents.kind IS 'What is wrong, such as sync_failed; its words are rows of incident_texts';

COMMENT ON COLUMN app.incidents.subject IS 'What it happened to: an account, a channel, a database; empty where there is only one';

COMMENT ON COLUMN app.incidents.severity IS 'info; warning: look at it today; critical: look at it now, also at night';

COMMENT ON COLUMN app.incidents.opened_at IS 'When it was first seen, UTC';

COMMENT ON COLUMN app.incidents.closed_at IS 'When it was seen to be over, UTC; null: open';

COMMENT ON COLUMN app.incidents.first_error IS 'The first error of it, as it was told then; null: none was told';

COMMENT ON COLUMN app.incidents.numbers IS 'The numbers in its words, as they are now, or were when it closed';

COMMENT ON COLUMN app.incidents.worsened_at IS 'When it became as grave as it is, UTC; null: it opened so, or became less grave since';

ALTER TABLE app.incidents ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME app.incidents_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.input_changes (
    id bigint NOT NULL,
    name text NOT NULL,
    account_type text DEFAULT ''::text NOT NULL,
    table_name text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    day date,
    sku text,
    emag_id bigint,
    part_number_key text
);

COMMENT ON TABLE app.input_changes IS 'What has changed under a derived table since it was built: one row per statement or ended sync, written by triggers, taken away by the build. Rows, not a newest time: transactions that commit late are not missed';

COMMENT ON COLUMN app.input_changes.id IS 'Number of the change';

COMMENT ON COLUMN app.input_changes.name IS 'The derived table that is stale by it';

COMMENT ON COLUMN app.input_changes.account_type IS 'Account that it is stale of, lower case; empty: of all';

COMMENT ON COLUMN app.input_changes.table_name IS 'The input that was changed';

COMMENT ON COLUMN app.input_changes.changed_at IS 'When the changing transaction began, UTC';

COMMENT ON COLUMN app.input_changes.day IS 'Of demand_days: the day that is stale; no day and no offer: all days';

COMMENT ON COLUMN app.input_changes.sku IS 'Of demand: the item that is stale; none: what all items have in common. Of demand_days: SKU of an offer';

COMMENT ON COLUMN app.input_changes.emag_id IS 'Of demand_days: an offer that came, went or was renamed. Its lines are looked up by the build, so that none that commits later is missed';

COMMENT ON COLUMN app.input_changes.part_number_key IS 'Of demand_days: the PNK of that offer';

ALTER TABLE app.input_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME app.input_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.inventory_items (
    id bigint NOT NULL,
    product_id bigint NOT NULL,
    warehouse_id bigint NOT NULL,
    quantity bigint DEFAULT 0 NOT NULL,
    reserved_quantity bigint DEFAULT 0 NOT NULL,
    manual_reserved bigint,
    available_quantity bigint GENERATED ALWAYS AS (((quantity - reserved_quantity) - COALESCE(manual_reserved, (0)::bigint))) STORED NOT NULL,
    manual_minimum_stock bigint,
    manual_reorder_point bigint,
    manual_maximum_stock bigint,
    manual_reorder_quantity bigint,
    manual_set_by text,
    manual_reason text,
    manual_valid_until date,
    is_fed_by_emag boolean DEFAULT false NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT inventory_items_manual_maximum_stock_check CHECK ((manual_maximum_stock >= 0)),
    CONSTRAINT inventory_items_manual_minimum_stock_check CHECK ((manual_minimum_stock >= 0)),
    CONSTRAINT inventory_items_manual_reorder_point_check CHECK ((manual_reorder_point >= 0)),
    CONSTRAINT inventory_items_manual_reorder_quantity_check CHECK ((manual_reorder_quantity >= 0)),
    CONSTRAINT inventory_items_manual_reserved_check CHECK ((manual_reserved >= 0)),
    CONSTRAINT inventory_items_quantity_check CHECK ((quantity >= 0)),
    CONSTRAINT inventory_items_reserved_quantity_check CHECK ((reserved_quantity >= 0))
);

COMMENT ON TABLE app.inventory_items IS 'Stock of a product in a warehouse, and the levels people set for it';

COMMENT ON COLUMN app.inventory_items.id IS 'Number of the item';

COMMENT ON COLUMN app.inventory_items.product_id IS 'The product';

COMMENT ON COLUMN app.inventory_items.warehouse_id IS 'The warehouse';

COMMENT ON COLUMN app.inventory_items.quantity IS 'Pieces there';

COMMENT ON COLUMN app.inventory_items.reserved_quantity IS 'Pieces in orders not yet acknowledged, as eMAG tells';

COMMENT ON COLUMN app.inventory_items.manual_reserved IS 'Pieces that people keep back';

COMMENT ON COLUMN app.inventory_items.available_quantity IS 'quantity - reserved_quantity - manual_reserved, derived; negative when oversold';

COMMENT ON COLUMN app.inventory_items.manual_minimum_stock IS 'At or below: critical. Null: the default, 10';

COMMENT ON COLUMN app.inventory_items.manual_reorder_point IS 'At or below: low stock. Null: the default, 20';

COMMENT ON COLUMN app.inventory_items.manual_maximum_stock IS 'Order up to this; at or above: overstock. Null: the default, 100';

COMMENT ON COLUMN app.inventory_items.manual_reorder_quantity IS 'Order exactly this when low; 0: do not order. Null: computed';

COMMENT ON COLUMN app.inventory_items.manual_set_by IS 'Who set the manual values';

COMMENT ON COLUMN app.inventory_items.manual_reason IS 'Why';

COMMENT ON COLUMN app.inventory_items.manual_valid_until IS 'Last day, Europe/Bucharest, on which the manual levels count; null: until somebody changes them';

COMMENT ON COLUMN app.inventory_items.is_fed_by_emag IS 'Whether a sync has written the item: only these become inactive by a sync';

COMMENT ON COLUMN app.inventory_items.is_active IS 'False when the product is inactive or removed in every account of the warehouse';

COMMENT ON COLUMN app.inventory_items.created_at IS 'When the row was made, UTC';

COMMENT ON COLUMN app.inventory_items.updated_at IS 'When a sync last changed it, UTC';

ALTER TABLE app.inventory_items ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.inventory_items_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.item_days (
    account_type text NOT NULL,
    day date NOT NULL,
    status text NOT NULL,
    items bigint NOT NULL,
    CONSTRAINT item_days_items_check CHECK ((items >= 0))
);

COMMENT ON TABLE app.item_days IS 'Items of the low-stock report per account, Bucharest day and status as it is counted (listed_status), as of the last build of the day. items_by_day has a row per day';

COMMENT ON COLUMN app.item_days.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.item_days.day IS 'Day in Europe/Bucharest';

COMMENT ON COLUMN app.item_days.status IS 'out_of_stock, critical, low_stock, in_stock, overstock or not_kept';

COMMENT ON COLUMN app.item_days.items IS 'Items with that status';

CREATE TABLE app.item_policies (
    account_type text NOT NULL,
    sku text NOT NULL,
    order_anyway boolean DEFAULT false NOT NULL,
    most_cover_days integer,
    set_by text NOT NULL,
    reason text,
    valid_until date,
    import_id bigint,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    least_margin numeric(6,4),
    CONSTRAINT item_policies_account_type_check CHECK (((account_type = lower(account_type)) AND (account_type <> ''::text))),
    CONSTRAINT item_policies_least_margin_check CHECK (((least_margin >= (0)::numeric) AND (least_margin <= (1)::numeric))),
    CONSTRAINT item_policies_most_cover_days_check CHECK (((most_cover_days >= 1) AND (most_cover_days <= 3650))),
    CONSTRAINT item_policies_sku_check CHECK ((sku <> ''::text))
);

COMMENT ON TABLE app.item_policies IS 'What a person decided of an item beside its levels, which are in inventory_items.manual_*: magflow policy SKU';

COMMENT ON COLUMN app.item_policies.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.item_policies.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.item_policies.order_anyway IS 'Propose it although it cannot be sold, lost the buy box, or a competitor asks less than it costs';

COMMENT ON COLUMN app.item_policies.most_cover_days IS 'Order no more than lasts so many days; null: MAGFLOW_MOST_COVER_DAYS';

COMMENT ON COLUMN app.item_policies.set_by IS 'Who decided it';

COMMENT ON COLUMN app.item_policies.reason IS 'Why';

COMMENT ON COLUMN app.item_policies.valid_until IS 'Last day, Europe/Bucharest, on which it counts; null: until somebody changes it';

COMMENT ON COLUMN app.item_policies.import_id IS 'The import that last wrote it; null: a command or another program';

COMMENT ON COLUMN app.item_policies.updated_at IS 'When the row was last written, UTC';

COMMENT ON COLUMN app.item_policies.least_margin IS 'Part of the price without VAT that has to be left after commission, fulfilment fee and landed cost: 0.1 is 10 %; null: MAGFLOW_LEAST_MARGIN';

CREATE TABLE app.item_status_changes (
    id bigint NOT NULL,
    account_type text NOT NULL,
    sku text NOT NULL,
    status_before text,
    status_after text,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT item_status_changes_check CHECK ((status_before IS DISTINCT FROM status_after))
);

COMMENT ON TABLE app.item_status_changes IS 'Each change of an item''s status in the low-stock report; and items that came into the report, or left it, while out of stock or critical. status_movements says what a day, week or month came to';

COMMENT ON COLUMN app.item_status_changes.id IS 'Number of the change: changes of an item in their order';

COMMENT ON COLUMN app.item_status_changes.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.item_status_changes.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.item_status_changes.status_before IS 'Status until then, as it is counted (listed_status); null: it was not in the report';

COMMENT ON COLUMN app.item_status_changes.status_after IS 'Status from then on; null: it left the report';

COMMENT ON COLUMN app.item_status_changes.changed_at IS 'When the build that saw it began, UTC';

ALTER TABLE app.item_status_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME app.item_status_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.low_stock_report (
    account_type text NOT NULL,
    sku text NOT NULL,
    emag_id bigint NOT NULL,
    part_number_key text,
    product_id bigint NOT NULL,
    name text,
    brand text,
    warehouse text NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    reason_ro text NOT NULL,
    quantity bigint NOT NULL,
    reserved_quantity bigint NOT NULL,
    available_quantity bigint NOT NULL,
    on_order_quantity bigint NOT NULL,
    minimum_stock bigint NOT NULL,
    reorder_point bigint NOT NULL,
    maximum_stock bigint NOT NULL,
    has_manual_levels boolean NOT NULL,
    reorder_quantity bigint,
    price numeric(14,4),
    currency text,
    supplier_name text,
    supplier_price_cny numeric(14,4),
    supplier_url text,
    is_verified boolean NOT NULL,
    supplier_count integer NOT NULL,
    scan_status text,
    scan_offers integer,
    scan_total integer,
    scanned_at timestamp with time zone,
    built_at timestamp with time zone DEFAULT now() NOT NULL,
    stock_above_since timestamp with time zone,
    is_sellable boolean DEFAULT true NOT NULL,
    not_sellable_reason text,
    not_sellable_reason_ro text,
    levels_note text,
    levels_note_ro text,
    stock_stale_since timestamp with time zone,
    marketplace text,
    reason_code text,
    supplier_id bigint,
    average_daily_demand numeric(14,4),
    expected_daily_demand numeric(14,4),
    demand_method text,
    days_of_cover numeric(22,2),
    stock_out_date date,
    demand_seen numeric(10,4),
    ron_at_risk_per_day numeric(40,2),
    flags text,
    level_source text,
    level_problem text,
    planned_daily_demand numeric(16,4),
    daily_variance numeric(20,6),
    demand_error numeric(16,4),
    demand_class text,
    abc text,
    xyz text,
    lead_time_days numeric(8,2),
    lead_time_spread_days numeric(8,2),
    lead_time_source text,
    review_days numeric(8,2),
    capital_cost numeric(8,6),
    unit_cost_ron numeric(20,4),
    margin_ron numeric(20,4),
    margin_source text,
    chance_allowed numeric(10,8),
    lot numeric(20,4),
    pack_part numeric(20,4),
    safety_stock bigint,
    in_transfer_quantity bigint,
    sent_away_quantity bigint,
    overdue_quantity bigint,
    next_arrival date,
    gap_days numeric(10,2),
    ron_lost_before_arrival numeric(40,2),
    order_by_date date,
    blocked text,
    reorder_quantity_raw bigint,
    transfer_quantity bigint,
    transfer_from text,
    purchase_raw_quantity bigint,
    purchase_quantity bigint,
    minimum_order_quantity bigint,
    pack_size bigint,
    supplier_rule text,
    landed_unit_cost_ron numeric(20,4),
    cost_problem text,
    cheapest_supplier_name text,
    cheapest_landed_unit_cost_ron numeric(20,4),
    ron_lost_by_waiting numeric(40,2),
    category_id bigint,
    closed_days_today integer,
    closed_days_next_review integer,
    closed_days_in_a_week integer,
    is_kept boolean,
    price_rate numeric(20,10),
    commission_rate numeric(8,6),
    fulfilment_fee_ron numeric(14,4),
    line_cost numeric(20,6),
    least_lot numeric(20,4),
    most_cover_days integer,
    landed_quantity bigint,
    unit_price numeric(14,4),
    unit_currency text,
    unit_rate numeric(20,10),
    unit_rate_date date,
    freight_per_piece_ron numeric(20,6),
    freight_per_order_ron numeric(20,6),
    duty_rate numeric(8,6),
    difference_ron numeric(24,2),
    reorder_quantity_set bigint,
    arrivals text,
    runs_out_on date,
    closed_days_order_by integer,
    purchase_most_quantity bigint,
    level_supplier_name text,
    level_quantity bigint,
    level_price_ron numeric(20,6),
    level_freight_ron numeric(20,6),
    CONSTRAINT low_stock_report_check CHECK ((is_sellable = (not_sellable_reason IS NULL))),
    CONSTRAINT low_stock_report_level_source_check CHECK ((level_source = ANY (ARRAY['manual'::text, 'demand'::text, 'default'::text]))),
    CONSTRAINT low_stock_report_margin_source_check CHECK ((margin_source = ANY (ARRAY['margin'::text, 'revenue'::text]))),
    CONSTRAINT low_stock_report_reorder_quantity_check CHECK ((reorder_quantity >= 0)),
    CONSTRAINT low_stock_report_status_check CHECK ((status = ANY (ARRAY['out_of_stock'::text, 'critical'::text, 'low_stock'::text, 'in_stock'::text, 'overstock'::text])))
)
WITH (fillfactor='45');

COMMENT ON TABLE app.low_stock_report IS 'Every active item of every account with its stock status and the reason for it; one row per account and SKU';

COMMENT ON COLUMN app.low_stock_report.account_type IS 'Account, lower case, such as main or fbe';

COMMENT ON COLUMN app.low_stock_report.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.low_stock_report.emag_id IS 'Offer that feeds the row: the active one with the lowest id';

COMMENT ON COLUMN app.low_stock_report.part_number_key IS 'eMAG catalogue code (PNK)';

COMMENT ON COLUMN app.low_stock_report.product_id IS 'The product (products.id)';

COMMENT ON COLUMN app.low_stock_report.name IS 'Name of the product: as people or the ERP wrote it, else as it is on eMAG';

COMMENT ON COLUMN app.low_stock_report.brand IS 'Brand: as people or the ERP wrote it, else as it is on eMAG';

COMMENT ON COLUMN app.low_stock_report.warehouse IS 'Code of the warehouse';

COMMENT ON COLUMN app.low_stock_report.status IS 'First that holds: available <= 0 out_of_stock, <= minimum critical, <= reorder point low_stock, >= maximum overstock, else in_stock';

COMMENT ON COLUMN app.low_stock_report.reason IS 'The numbers behind status and reorder_quantity, as a sentence';

COMMENT ON COLUMN app.low_stock_report.reason_ro IS 'The same sentence in Romanian';

COMMENT ON COLUMN app.low_stock_report.quantity IS 'Pieces in the warehouse';

COMMENT ON COLUMN app.low_stock_report.reserved_quantity IS 'Pieces promised: open orders plus what people keep back';

COMMENT ON COLUMN app.low_stock_report.available_quantity IS 'quantity - reserved_quantity';

COMMENT ON COLUMN app.low_stock_report.on_order_quantity IS 'Pieces ordered from suppliers and not yet received, without those that are overdue for too long (MAGFLOW_LATE_ORDER_DAYS)';

COMMENT ON COLUMN app.low_stock_report.minimum_stock IS 'At or below: critical. As it is used: a level that contradicts another is moved, see levels_note';

COMMENT ON COLUMN app.low_stock_report.reorder_point IS 'At or below: low stock, as it is used';

COMMENT ON COLUMN app.low_stock_report.maximum_stock IS 'Order up to this, as it is used: of levels from demand reorder_point + lot';

COMMENT ON COLUMN app.low_stock_report.has_manual_levels IS 'Whether a person set any of the levels or the quantity';

COMMENT ON COLUMN app.low_stock_report.reorder_quantity IS 'Pieces to order for this account: its share of purchase_quantity (reorder_shares). Null: decide yourself, what is known is not enough; reason says what is missing';

COMMENT ON COLUMN app.low_stock_report.price IS 'Selling price without VAT, in currency';

COMMENT ON COLUMN app.low_stock_report.currency IS 'ISO 4217 code of the selling price';

COMMENT ON COLUMN app.low_stock_report.supplier_name IS 'Whom to order from, by supplier_rule; the name in suppliers, null when no price list has the SKU';

COMMENT ON COLUMN app.low_stock_report.supplier_price_cny IS 'That supplier''s newest price of one piece, CNY; null when no row of his has one';

COMMENT ON COLUMN app.low_stock_report.supplier_url IS 'The article on that supplier''s site';

COMMENT ON COLUMN app.low_stock_report.is_verified IS 'Whether a person confirmed that supplier for the SKU';

COMMENT ON COLUMN app.low_stock_report.supplier_count IS 'Active suppliers with a price for the SKU, each once however often a list spells him';

COMMENT ON COLUMN app.low_stock_report.scan_status IS 'How the account''s newest ended sync went; failed: the stock is from the newest one that did not fail';

COMMENT ON COLUMN app.low_stock_report.scan_offers IS 'Offers seen by the newest sync that did not fail: the coverage is scan_offers of scan_total';

COMMENT ON COLUMN app.low_stock_report.scan_total IS 'Offers that the marketplace said there are';

COMMENT ON COLUMN app.low_stock_report.scanned_at IS 'When that sync ended, UTC: the stock is as of then';

COMMENT ON COLUMN app.low_stock_report.built_at IS 'When a build last changed the row, UTC; when the report was last built: low_stock_by_account.built_at';

COMMENT ON COLUMN app.low_stock_report.stock_above_since IS 'Since when the stock is only known to be at least quantity, UTC; null: quantity was counted';

COMMENT ON COLUMN app.low_stock_report.is_sellable IS 'Whether customers can buy it when it is in stock: active, priced, and not refused by eMAG';

COMMENT ON COLUMN app.low_stock_report.not_sellable_reason IS 'Why not: nothing is ordered for it; null: it can be sold';

COMMENT ON COLUMN app.low_stock_report.not_sellable_reason_ro IS 'The same in Romanian';

COMMENT ON COLUMN app.low_stock_report.levels_note IS 'What set values contradict each other or cannot be, and what is used instead; null: nothing';

COMMENT ON COLUMN app.low_stock_report.levels_note_ro IS 'The same in Romanian';

COMMENT ON COLUMN app.low_stock_report.stock_stale_since IS 'When the stock was last read, UTC, where newer rows of the offer could not be stored; null: it is as new as the scan';

COMMENT ON COLUMN app.low_stock_report.marketplace IS 'Host and path of the API that the offers were read from; simulator: made-up numbers of a demo, not to be ordered';

COMMENT ON COLUMN app.low_stock_report.reason_code IS 'What decided reorder_quantity: to_order (its share of a purchase), nothing_to_order (it does not run out), on_its_way (what comes is enough), transferred (another account has enough), lasts_too_long (even the least quantity would), set_by_hand, never_sold, not_worth_keeping, price_unknown, decide_yourself (null: what is known is not enough), not_proposed (see blocked), not_sellable, stock_unread (eMAG sent no number), ordered_elsewhere (another account orders the same pieces); null: built by an older version';

COMMENT ON COLUMN app.low_stock_report.supplier_id IS 'The supplier to order from (suppliers.id); null when no price list has the SKU';

COMMENT ON COLUMN app.low_stock_report.average_daily_demand IS 'Pieces sold a day over the sellable days of the last 90 (demand.average_daily_demand); null: not enough data';

COMMENT ON COLUMN app.low_stock_report.expected_daily_demand IS 'Pieces expected to be sold a day from now on (demand.expected_daily_demand); null, never 0, where it is not known';

COMMENT ON COLUMN app.low_stock_report.demand_method IS 'Where expected_daily_demand is from, or why there is none: several memories, fall of stock, not enough data, never sold; null: built by an older version';

COMMENT ON COLUMN app.low_stock_report.days_of_cover IS 'available_quantity / planned_daily_demand: days until it is sold out. Null: demand or stock is not known, or no sale is expected any more';

COMMENT ON COLUMN app.low_stock_report.stock_out_date IS 'Day in Bucharest on which it is sold out by days_of_cover; null: that is not known, or more than ten years away';

COMMENT ON COLUMN app.low_stock_report.demand_seen IS 'Pieces ordered per piece that stock fell (demand.demand_seen); under 0.8, sales are not seen here';

COMMENT ON COLUMN app.low_stock_report.ron_at_risk_per_day IS 'ron_lost_by_waiting / 7: what each day of waiting with an order costs. 0 while no customer can buy it: stock is not what it lacks. Null: a part is not known (flags)';

COMMENT ON COLUMN app.low_stock_report.flags IS 'What a buyer should know, as codes of demand_texts, plan_texts and cost_texts joined by "; ": those of demand and stock, of blocked, of the need and of the purchase; where nothing is bought, what is not known of the offer that would be chosen, and the notes of its cost; null: nothing';

COMMENT ON COLUMN app.low_stock_report.level_source IS 'Where the levels are from: manual (a person), demand (demand_levels), default; null: built by an older version';

COMMENT ON COLUMN app.low_stock_report.level_problem IS 'Why demand gives no levels, as a code: not_enough_data, never_sold, no_price, not_worth_keeping; null: it does, or nobody has computed them yet';

COMMENT ON COLUMN app.low_stock_report.planned_daily_demand IS 'Pieces a day that levels, cover and risk are of: expected_daily_demand, of accounts on one warehouse that of all of them';

COMMENT ON COLUMN app.low_stock_report.daily_variance IS 'Variance of a day''s pieces, of planned_daily_demand';

COMMENT ON COLUMN app.low_stock_report.demand_error IS 'Standard error of planned_daily_demand';

COMMENT ON COLUMN app.low_stock_report.demand_class IS 'For people: smooth, erratic, intermittent, lumpy (demand.demand_class)';

COMMENT ON COLUMN app.low_stock_report.abc IS 'For people: A, B or C by margin a day (demand_levels.abc)';

COMMENT ON COLUMN app.low_stock_report.xyz IS 'For people: X, Y or Z by how much it varies from month to month (demand_levels.xyz)';

COMMENT ON COLUMN app.low_stock_report.lead_time_days IS 'Days from an order until its pieces can be sold, without those on which the supplier is closed';

COMMENT ON COLUMN app.low_stock_report.lead_time_spread_days IS 'Standard deviation of these days';

COMMENT ON COLUMN app.low_stock_report.lead_time_source IS 'Where they are from: receipts (learned), terms (the supplier says so), default (45 ± 10, nobody knows)';

COMMENT ON COLUMN app.low_stock_report.review_days IS 'Days between two looks at the list';

COMMENT ON COLUMN app.low_stock_report.capital_cost IS 'RON a year that a RON of stock must earn, when the levels were made';

COMMENT ON COLUMN app.low_stock_report.unit_cost_ron IS 'Cost of a piece that the levels are of. margin_source margin: landed, of a usual order, (level_price_ron + level_freight_ron) x (1 + duty_rate); revenue: the price of a piece, as it is not known';

COMMENT ON COLUMN app.low_stock_report.margin_ron IS 'What a piece sold earns: price without VAT less commission, fulfilment fee and landed cost; revenue: the price';

COMMENT ON COLUMN app.low_stock_report.margin_source IS 'margin; revenue: cost or fees are not known, so that the price stands for the margin; null: no price in RON either';

COMMENT ON COLUMN app.low_stock_report.chance_allowed IS 'Chance that one piece more would be sold before the next lot, above which one orders: capital_cost / 365 x unit_cost_ron x lot / (margin_ron x planned_daily_demand), at most 0.15';

COMMENT ON COLUMN app.low_stock_report.lot IS 'Pieces of an economic order, not rounded (demand_levels.lot)';

COMMENT ON COLUMN app.low_stock_report.pack_part IS 'Part of the supplier''s pack that falls to the account: rounding up to packs adds half of it (demand_levels)';

COMMENT ON COLUMN app.low_stock_report.safety_stock IS 'reorder_point less what is expected in lead time, closed days and review, at least 0';

COMMENT ON COLUMN app.low_stock_report.in_transfer_quantity IS 'Pieces on their way from another account';

COMMENT ON COLUMN app.low_stock_report.sent_away_quantity IS 'Pieces of available_quantity that have left for another account since the stock was read';

COMMENT ON COLUMN app.low_stock_report.overdue_quantity IS 'Pieces on order that are past their day';

COMMENT ON COLUMN app.low_stock_report.next_arrival IS 'Day in Bucharest of the next arrival; null: none is dated';

COMMENT ON COLUMN app.low_stock_report.gap_days IS 'Expected days without stock before the next arrival, or before an order of today would be there, if that is sooner: days until then - (available_quantity - sent_away_quantity) / planned_daily_demand, at least 0';

COMMENT ON COLUMN app.low_stock_report.ron_lost_before_arrival IS 'Margin lost in these days, RON: gap_days x expected demand x margin_ron, at least 0; 0 while no customer can buy it: stock is not what it lacks; null: not known';

COMMENT ON COLUMN app.low_stock_report.order_by_date IS 'Last day on which an order is in time, by expected demand and lead time, closures of the supplier counted';

COMMENT ON COLUMN app.low_stock_report.blocked IS 'Why it is not proposed, as codes of plan_texts joined by "; "; null: nothing is against it';

COMMENT ON COLUMN app.low_stock_report.reorder_quantity_raw IS 'Pieces that are missing up to maximum_stock, before transfers and rounding: maximum - (available - sent away + on order + in transfer) where these are at most reorder_point, else 0; reorder_quantity_set goes before it; null: decide yourself';

COMMENT ON COLUMN app.low_stock_report.transfer_quantity IS 'Pieces of it to be moved here from transfer_from first';

COMMENT ON COLUMN app.low_stock_report.transfer_from IS 'The account, or accounts joined by ", ", that can spare them';

COMMENT ON COLUMN app.low_stock_report.purchase_raw_quantity IS 'Pieces that all accounts lack, less transfers (reorder_proposals.raw_quantity); null: none is bought';

COMMENT ON COLUMN app.low_stock_report.purchase_quantity IS 'Pieces of the purchase for all accounts: purchase_raw_quantity raised to minimum_order_quantity and to whole packs; where that is above purchase_most_quantity, the whole packs that are not, or 0 where these are fewer than the least quantity; or more packs, up to the supplier''s least value (flags of the accounts that get some)';

COMMENT ON COLUMN app.low_stock_report.minimum_order_quantity IS 'Least pieces of one order of the supplier (MOQ), of what is bought or would be';

COMMENT ON COLUMN app.low_stock_report.pack_size IS 'Pieces are sold in multiples of this, of what is bought or would be';

COMMENT ON COLUMN app.low_stock_report.supplier_rule IS 'Which rule chose the supplier: preferred, verified, cheapest, only one, cost incomplete, no supplier';

COMMENT ON COLUMN app.low_stock_report.landed_unit_cost_ron IS '(price + freight) x (1 + duty) of a piece in RON, at purchase_quantity; where nothing is bought, at a usual quantity (supplier_offers.planning_quantity); null: cost_problem';

COMMENT ON COLUMN app.low_stock_report.cost_problem IS 'What is missing for the landed cost, as codes joined by "; "; null: nothing';

COMMENT ON COLUMN app.low_stock_report.cheapest_supplier_name IS 'Who is cheapest by landed cost at the same need';

COMMENT ON COLUMN app.low_stock_report.cheapest_landed_unit_cost_ron IS 'His landed cost of a piece, RON';

COMMENT ON COLUMN app.low_stock_report.ron_lost_by_waiting IS 'What is lost if it is ordered in a week instead of today, RON: margin_ron x the pieces that are expected to be short more (app.demand_cover). 0 and null: as ron_at_risk_per_day';

COMMENT ON COLUMN app.low_stock_report.category_id IS 'eMAG category id of the offer (emag_products_v2.category_id); null: eMAG told none';

COMMENT ON COLUMN app.low_stock_report.closed_days_today IS 'Days by which an order of today comes later, because the supplier is closed; null: built by an older version';

COMMENT ON COLUMN app.low_stock_report.closed_days_next_review IS 'The same of an order of the next review, whose arrival the levels are for';

COMMENT ON COLUMN app.low_stock_report.closed_days_in_a_week IS 'The same of an order in a week';

COMMENT ON COLUMN app.low_stock_report.is_kept IS 'False: it never sold, or is not worth keeping (level_problem), nobody set levels, and nothing is ordered. Where it runs out, lists and counts have it apart (not_kept). Null: built by an older version';

COMMENT ON COLUMN app.low_stock_report.price_rate IS 'RON for one unit of currency; null: no rate is known, and the price in RON is not either';

COMMENT ON COLUMN app.low_stock_report.commission_rate IS 'Part of the price that eMAG keeps; null: nobody told it, and margin_ron is the price';

COMMENT ON COLUMN app.low_stock_report.fulfilment_fee_ron IS 'RON that eMAG keeps of each piece sold; null: nobody told it, and margin_ron is the price';

COMMENT ON COLUMN app.low_stock_report.line_cost IS 'What an order line costs, divided by the capital cost of a day: one number for the whole catalogue. lot = the root of 2 x line_cost x planned_daily_demand / unit_cost_ron, at most planned_daily_demand x most_cover_days, at least least_lot';

COMMENT ON COLUMN app.low_stock_report.least_lot IS 'The account''s part of the supplier''s least quantity or pack (demand_levels.least_lot)';

COMMENT ON COLUMN app.low_stock_report.most_cover_days IS 'Days that a stock may last';

COMMENT ON COLUMN app.low_stock_report.landed_quantity IS 'Pieces of the order that landed_unit_cost_ron is of: purchase_quantity, or where nothing is bought a usual quantity; where even the least quantity lasts too long, that';

COMMENT ON COLUMN app.low_stock_report.unit_price IS 'Price of a piece at landed_quantity, in unit_currency. landed_unit_cost_ron = (unit_price x unit_rate + freight_per_piece_ron + freight_per_order_ron / landed_quantity) x (1 + duty_rate); null: he has none';

COMMENT ON COLUMN app.low_stock_report.unit_currency IS 'ISO 4217 code';

COMMENT ON COLUMN app.low_stock_report.unit_rate IS 'RON for one unit of unit_currency; null: none is known, and cost_problem says so';

COMMENT ON COLUMN app.low_stock_report.unit_rate_date IS 'Day of that rate; null: RON, or none is known';

COMMENT ON COLUMN app.low_stock_report.freight_per_piece_ron IS 'Freight of a piece by its weight and volume, RON; null: cost_problem says what is missing';

COMMENT ON COLUMN app.low_stock_report.freight_per_order_ron IS 'Freight of each order, RON; null: as before';

COMMENT ON COLUMN app.low_stock_report.duty_rate IS 'Customs duty as a part of price and freight; null: nobody told it (no_duty), and it counts as 0';

COMMENT ON COLUMN app.low_stock_report.difference_ron IS 'What the cheapest supplier by landed cost would save, RON: (landed_unit_cost_ron - cheapest_landed_unit_cost_ron) x landed_quantity; 0: he is chosen; null: the cost is not known';

COMMENT ON COLUMN app.low_stock_report.reorder_quantity_set IS 'Quantity to order that a person set for low stock: reorder_quantity_raw is it where available_quantity - sent_away_quantity is at most reorder_point, else 0; null: nobody did';

COMMENT ON COLUMN app.low_stock_report.arrivals IS 'What is on its way and counts: days in Bucharest, each with its pieces, joined by "; ", as 2026-12-01 40; ?: nobody knows the day. What is late is expected as much later as it is late already; null: nothing';

COMMENT ON COLUMN app.low_stock_report.runs_out_on IS 'First day without stock that an order can still prevent, where available_quantity - sent_away_quantity falls by planned_daily_demand a day and rises with arrivals; null: not known, or more than ten years away';

COMMENT ON COLUMN app.low_stock_report.closed_days_order_by IS 'Days on which the supplier is closed between order_by_date and runs_out_on: order_by_date = runs_out_on - lead_time_days, rounded up - these';

COMMENT ON COLUMN app.low_stock_report.purchase_most_quantity IS 'Most pieces of the purchase that last no longer than they may (reorder_proposals.most_quantity); null: nothing caps it';

COMMENT ON COLUMN app.low_stock_report.level_supplier_name IS 'Whose lead time and cost the levels are of: the supplier of a usual order (supplier_offers, rank 1); null: nobody''s';

COMMENT ON COLUMN app.low_stock_report.level_quantity IS 'Pieces of that usual order: 30 days'' demand of all accounts, at least 1, raised to his MOQ and pack';

COMMENT ON COLUMN app.low_stock_report.level_price_ron IS 'Price of a piece in that order, RON; null: none or no rate is known';

COMMENT ON COLUMN app.low_stock_report.level_freight_ron IS 'Freight of a piece in that order, its part of the freight of the order included, RON; null: not known';

CREATE TABLE app.marketplace_fees (
    account_type text DEFAULT ''::text NOT NULL,
    category text DEFAULT ''::text NOT NULL,
    commission_rate numeric(8,6),
    fulfilment_fee_ron numeric(14,4),
    import_id bigint,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT marketplace_fees_account_type_check CHECK ((account_type = lower(account_type))),
    CONSTRAINT marketplace_fees_commission_rate_check CHECK (((commission_rate >= (0)::numeric) AND (commission_rate <= (1)::numeric))),
    CONSTRAINT marketplace_fees_fulfilment_fee_ron_check CHECK (((fulfilment_fee_ron >= (0)::numeric) AND (fulfilment_fee_ron <= (1000000)::numeric)))
);

COMMENT ON TABLE app.marketplace_fees IS 'What eMAG keeps of a sale, by account and category; the most exact row counts: account and category, category, account, all';

COMMENT ON COLUMN app.marketplace_fees.account_type IS 'Account, lower case; empty: all';

COMMENT ON COLUMN app.marketplace_fees.category IS 'Category (emag_products_v2.category); empty: all';

COMMENT ON COLUMN app.marketplace_fees.commission_rate IS 'Part of the price without VAT: 0.18 is 18 %';

COMMENT ON COLUMN app.marketplace_fees.fulfilment_fee_ron IS 'RON for each piece sold';

COMMENT ON COLUMN app.marketplace_fees.import_id IS 'The import that last wrote it; null: another program';

COMMENT ON COLUMN app.marketplace_fees.updated_at IS 'When the row was last written, UTC';

CREATE TABLE app.metric_totals (
    name text NOT NULL,
    labels jsonb NOT NULL,
    value numeric NOT NULL,
    CONSTRAINT metric_totals_labels_check CHECK ((jsonb_typeof(labels) = 'object'::text)),
    CONSTRAINT metric_totals_value_check CHECK ((value >= (0)::numeric))
);

COMMENT ON TABLE app.metric_totals IS 'What the rows had counted that retention deleted: counters of the view metrics go on from here, and never fall';

COMMENT ON COLUMN app.metric_totals.name IS 'Counter, such as magflow_syncs_total';

COMMENT ON COLUMN app.metric_totals.labels IS 'Its labels, texts by name';

COMMENT ON COLUMN app.metric_totals.value IS 'The sum of what is deleted';

CREATE TABLE app.observations (
    name text NOT NULL,
    subject text DEFAULT ''::text NOT NULL,
    value numeric NOT NULL,
    observed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT observations_value_check CHECK ((value <> 'NaN'::numeric))
);

COMMENT ON TABLE app.observations IS 'What the database cannot see itself, as it was last seen: one row per name and subject';

COMMENT ON COLUMN app.observations.name IS 'daemon_beat, disk_free_bytes, disk_total_bytes, alert_channel, supplier_conflicts or rate_old; as of the newest build of the report least_margin (MAGFLOW_LEAST_MARGIN) and, by account, buy_buttons_won, buy_buttons_lost, buy_buttons_lost_today and buy_button_sales_lost';

COMMENT ON COLUMN app.observations.subject IS 'Of what, such as the folder''s or the channel''s name; empty where there is only one';

COMMENT ON COLUMN app.observations.value IS 'The value: bytes of a disk; 1 of a beat, of a channel that is configured, and of a currency without a fresh rate; conflicts as of the newest build; offers that have the buy button, that have not, and that lost it within a day; RON that the one of these that sells most sells a day';

COMMENT ON COLUMN app.observations.observed_at IS 'When it was seen, UTC';

CREATE TABLE app.past_syncs (
    id bigint NOT NULL,
    sync_type text NOT NULL,
    account_type text NOT NULL,
    operation text NOT NULL,
    status text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone NOT NULL,
    processed_items integer NOT NULL,
    created_items integer NOT NULL,
    updated_items integer NOT NULL,
    removed_items integer NOT NULL,
    failed_items integer NOT NULL,
    api_requests_made integer NOT NULL,
    rate_limit_hits integer NOT NULL
);

COMMENT ON TABLE app.past_syncs IS 'The numbers of ended syncs whose logs are past their retention: a month has more days than logs are kept. Read ended_syncs, which has both';

COMMENT ON COLUMN app.past_syncs.id IS 'Number of the sync, as it was in emag_sync_logs';

COMMENT ON COLUMN app.past_syncs.sync_type IS 'What was read: products is the catalogue with its offers';

COMMENT ON COLUMN app.past_syncs.account_type IS 'Account, lower case, such as main or fbe';

COMMENT ON COLUMN app.past_syncs.operation IS 'Mode: full, incremental or selective';

COMMENT ON COLUMN app.past_syncs.status IS 'completed, partial or failed';

COMMENT ON COLUMN app.past_syncs.started_at IS 'Start, UTC';

COMMENT ON COLUMN app.past_syncs.completed_at IS 'End, UTC';

COMMENT ON COLUMN app.past_syncs.processed_items IS 'Rows received';

COMMENT ON COLUMN app.past_syncs.created_items IS 'Offers seen for the first time';

COMMENT ON COLUMN app.past_syncs.updated_items IS 'Offers whose content changed';

COMMENT ON COLUMN app.past_syncs.removed_items IS 'Offers concluded to be gone';

COMMENT ON COLUMN app.past_syncs.failed_items IS 'Rows that could not be stored';

COMMENT ON COLUMN app.past_syncs.api_requests_made IS 'Requests sent, refused and repeated ones included';

COMMENT ON COLUMN app.past_syncs.rate_limit_hits IS 'Answers 429 received';

CREATE TABLE app.product_costs (
    sku text NOT NULL,
    weight_kg numeric(14,6),
    volume_m3 numeric(14,9),
    duty_rate numeric(8,6),
    carton_size bigint,
    import_id bigint,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT product_costs_carton_size_check CHECK (((carton_size >= 1) AND (carton_size <= 1000000000))),
    CONSTRAINT product_costs_duty_rate_check CHECK (((duty_rate >= (0)::numeric) AND (duty_rate <= (10)::numeric))),
    CONSTRAINT product_costs_sku_check CHECK ((sku <> ''::text)),
    CONSTRAINT product_costs_volume_m3_check CHECK (((volume_m3 >= (0)::numeric) AND (volume_m3 <= (1000000)::numeric))),
    CONSTRAINT product_costs_weight_kg_check CHECK (((weight_kg >= (0)::numeric) AND (weight_kg <= (1000000)::numeric)))
);

COMMENT ON TABLE app.product_costs IS 'What the landed cost and the transfer of a product need to know of it';

COMMENT ON COLUMN app.product_costs.sku IS 'Our SKU';

COMMENT ON COLUMN app.product_costs.weight_kg IS 'Weight of a piece with its packing, kg';

COMMENT ON COLUMN app.product_costs.volume_m3 IS 'Volume of a piece with its packing, m³';

COMMENT ON COLUMN app.product_costs.duty_rate IS 'Customs duty as a part of price and freight: 0.12 is 12 %';

COMMENT ON COLUMN app.product_costs.carton_size IS 'Pieces of a carton: transfers to eMAG are whole cartons; null: 1';

COMMENT ON COLUMN app.product_costs.import_id IS 'The import that last wrote it; null: another program';

COMMENT ON COLUMN app.product_costs.updated_at IS 'When the row was last written, UTC';

CREATE TABLE app.product_supplier_sheets (
    id bigint NOT NULL,
    sku text NOT NULL,
    supplier_name text NOT NULL,
    supplier_id bigint NOT NULL,
    price_cny numeric(14,4),
    supplier_url text,
    is_verified boolean DEFAULT false NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    article_name text,
    specification text,
    CONSTRAINT product_supplier_sheets_price_cny_check CHECK ((price_cny > (0)::numeric)),
    CONSTRAINT product_supplier_sheets_sku_check CHECK ((sku <> ''::text)),
    CONSTRAINT product_supplier_sheets_supplier_name_check CHECK ((btrim(supplier_name) <> ''::text))
);

COMMENT ON TABLE app.product_supplier_sheets IS 'Price list: what each supplier asks for each SKU';

COMMENT ON COLUMN app.product_supplier_sheets.id IS 'Number of the row';

COMMENT ON COLUMN app.product_supplier_sheets.sku IS 'Our SKU';

COMMENT ON COLUMN app.product_supplier_sheets.supplier_name IS 'Supplier as written in the list';

COMMENT ON COLUMN app.product_supplier_sheets.supplier_id IS 'The supplier (suppliers.id), found from supplier_name when the row is written; it stays when he is renamed';

COMMENT ON COLUMN app.product_supplier_sheets.price_cny IS 'Price of one piece, CNY';

COMMENT ON COLUMN app.product_supplier_sheets.supplier_url IS 'The article on the supplier''s site';

COMMENT ON COLUMN app.product_supplier_sheets.is_verified IS 'An active confirmed match exists for the same SKU and the same supplier (kept by supplier_verification)';

COMMENT ON COLUMN app.product_supplier_sheets.is_active IS 'False: the price no longer counts';

COMMENT ON COLUMN app.product_supplier_sheets.updated_at IS 'When the price was last written, UTC: of two rows of one supplier and SKU the newest counts';

COMMENT ON COLUMN app.product_supplier_sheets.article_name IS 'The supplier''s own name of the article, for orders to him; null: nobody told';

COMMENT ON COLUMN app.product_supplier_sheets.specification IS 'His name of the variant, such as colour or size; null: nobody told';

ALTER TABLE app.product_supplier_sheets ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.product_supplier_sheets_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.products (
    id bigint NOT NULL,
    sku text NOT NULL,
    name text,
    brand text,
    source text DEFAULT 'manual'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    emag_name text,
    emag_brand text,
    CONSTRAINT products_sku_check CHECK ((sku <> ''::text))
);

COMMENT ON TABLE app.products IS 'The seller''s own products, one per SKU. A row made from eMAG is never overwritten afterwards: people edit it';

COMMENT ON COLUMN app.products.id IS 'Number of the product';

COMMENT ON COLUMN app.products.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.products.name IS 'Name for people';

COMMENT ON COLUMN app.products.brand IS 'Brand';

COMMENT ON COLUMN app.products.source IS 'emag: made from an offer with an unknown SKU; manual: by a person or the ERP';

COMMENT ON COLUMN app.products.created_at IS 'When the row was made, UTC';

COMMENT ON COLUMN app.products.emag_name IS 'Name on eMAG when a sync made the row: a name that differs was written by people, and wins';

COMMENT ON COLUMN app.products.emag_brand IS 'Brand on eMAG when a sync made the row: a brand that differs was written by people, and wins';

CREATE VIEW app.products_by_account AS
 SELECT account_type,
    count(*) AS total_products,
    count(*) FILTER (WHERE is_active) AS active_products,
    count(*) FILTER (WHERE (sync_status = 'synced'::text)) AS synced,
    count(*) FILTER (WHERE (sync_status = 'error'::text)) AS errors,
    count(*) FILTER (WHERE (((last_synced_at AT TIME ZONE 'Europe/Bucharest'::text))::date = ((now() AT TIME ZONE 'Europe/Bucharest'::text))::date)) AS synced_today,
    min(created_at) AS first_product,
    max(last_synced_at) AS last_sync
   FROM app.emag_products_v2
  GROUP BY account_type;

ALTER TABLE app.products ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.products_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.purchase_decisions (
    purchase_order_id bigint NOT NULL,
    product_id bigint NOT NULL,
    sku text NOT NULL,
    quantity bigint NOT NULL,
    proposed_quantity bigint NOT NULL,
    note text,
    snoozed_until date,
    refused_because text,
    held_until date,
    decided_at timestamp with time zone DEFAULT now() NOT NULL,
    decided_by text,
    CONSTRAINT purchase_decisions_check CHECK (((held_until IS NULL) = ((snoozed_until IS NULL) AND (refused_because IS NULL)))),
    CONSTRAINT purchase_decisions_proposed_quantity_check CHECK ((proposed_quantity >= 0)),
    CONSTRAINT purchase_decisions_quantity_check CHECK ((quantity > 0)),
    CONSTRAINT purchase_decisions_sku_check CHECK ((sku <> ''::text))
);

COMMENT ON TABLE app.purchase_decisions IS 'Lines that a person took out of a draft, to be proposed again on a day: snoozed or refused. Of several decisions on a SKU the newest counts';

COMMENT ON COLUMN app.purchase_decisions.purchase_order_id IS 'The order whose draft had the line (purchase_orders.id)';

COMMENT ON COLUMN app.purchase_decisions.product_id IS 'The product (products.id)';

COMMENT ON COLUMN app.purchase_decisions.sku IS 'Its SKU';

COMMENT ON COLUMN app.purchase_decisions.quantity IS 'Pieces that the line had';

COMMENT ON COLUMN app.purchase_decisions.proposed_quantity IS 'Pieces that were proposed';

COMMENT ON COLUMN app.purchase_decisions.note IS 'The line''s note';

COMMENT ON COLUMN app.purchase_decisions.snoozed_until IS 'Day in Bucharest on which it is proposed again; null: refused without a day';

COMMENT ON COLUMN app.purchase_decisions.refused_because IS 'Why a person refused it; null: it is only put off';

COMMENT ON COLUMN app.purchase_decisions.held_until IS 'Day in Bucharest on which it is proposed again: snoozed_until, else MAGFLOW_REFUSED_DAYS after the decision; null: the decision was taken back';

COMMENT ON COLUMN app.purchase_decisions.decided_at IS 'When, UTC';

COMMENT ON COLUMN app.purchase_decisions.decided_by IS 'Who';

CREATE TABLE app.purchase_order_items (
    id bigint NOT NULL,
    purchase_order_id bigint NOT NULL,
    product_id bigint NOT NULL,
    warehouse_id bigint,
    quantity bigint NOT NULL,
    received_quantity bigint,
    unit_price numeric(14,4),
    proposed_quantity bigint,
    expected_on date,
    note text,
    edited_at timestamp with time zone,
    edited_by text,
    CONSTRAINT purchase_order_items_proposed_quantity_check CHECK ((proposed_quantity >= 0)),
    CONSTRAINT purchase_order_items_quantity_check CHECK ((quantity > 0)),
    CONSTRAINT purchase_order_items_received_quantity_check CHECK ((received_quantity >= 0)),
    CONSTRAINT purchase_order_items_unit_price_check CHECK ((unit_price >= (0)::numeric))
);

COMMENT ON TABLE app.purchase_order_items IS 'Lines of orders to suppliers';

COMMENT ON COLUMN app.purchase_order_items.id IS 'Number of the line';

COMMENT ON COLUMN app.purchase_order_items.purchase_order_id IS 'The order';

COMMENT ON COLUMN app.purchase_order_items.product_id IS 'The product';

COMMENT ON COLUMN app.purchase_order_items.warehouse_id IS 'Where the goods go; null: the warehouse of the account that orders the product, see open_order_lines';

COMMENT ON COLUMN app.purchase_order_items.quantity IS 'Pieces ordered';

COMMENT ON COLUMN app.purchase_order_items.received_quantity IS 'Pieces received so far; null counts as 0';

COMMENT ON COLUMN app.purchase_order_items.unit_price IS 'Price of one piece, in the order''s currency';

COMMENT ON COLUMN app.purchase_order_items.proposed_quantity IS 'Pieces that were proposed when the draft was last brought up to date; 0: a person added the line; null: another program entered it';

COMMENT ON COLUMN app.purchase_order_items.expected_on IS 'Day the goods are expected, Europe/Bucharest; null: that of the order';

COMMENT ON COLUMN app.purchase_order_items.note IS 'What a person noted of the line';

COMMENT ON COLUMN app.purchase_order_items.edited_at IS 'When a person last changed it, UTC: from then on new proposals leave it as it is; null: nobody did';

COMMENT ON COLUMN app.purchase_order_items.edited_by IS 'Who';

ALTER TABLE app.purchase_order_items ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.purchase_order_items_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.purchase_order_shares (
    purchase_order_id bigint NOT NULL,
    product_id bigint NOT NULL,
    account_type text NOT NULL,
    quantity bigint NOT NULL,
    CONSTRAINT purchase_order_shares_account_type_check CHECK ((account_type = lower(account_type))),
    CONSTRAINT purchase_order_shares_quantity_check CHECK ((quantity > 0))
);

COMMENT ON TABLE app.purchase_order_shares IS 'For which accounts a line of an order is, as reorder_shares said: pieces that are still to come are split in these parts';

COMMENT ON COLUMN app.purchase_order_shares.purchase_order_id IS 'The order (purchase_orders.id)';

COMMENT ON COLUMN app.purchase_order_shares.product_id IS 'The product (products.id)';

COMMENT ON COLUMN app.purchase_order_shares.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.purchase_order_shares.quantity IS 'Its part of the proposed pieces';

CREATE TABLE app.purchase_orders (
    id bigint NOT NULL,
    supplier_id bigint,
    status text DEFAULT 'draft'::text NOT NULL,
    currency text,
    ordered_at timestamp with time zone,
    expected_on date,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    draft_key text,
    shipping text,
    note text,
    CONSTRAINT purchase_orders_draft_key_check CHECK ((draft_key ~ '^D[1-9][0-9]*$'::text)),
    CONSTRAINT purchase_orders_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'sent'::text, 'confirmed'::text, 'partially_received'::text, 'received'::text, 'cancelled'::text])))
);

COMMENT ON TABLE app.purchase_orders IS 'Orders to suppliers';

COMMENT ON COLUMN app.purchase_orders.id IS 'Number of the order';

COMMENT ON COLUMN app.purchase_orders.supplier_id IS 'The supplier';

COMMENT ON COLUMN app.purchase_orders.status IS 'draft: not sent, and not on order; sent, confirmed and partially_received count as on order';

COMMENT ON COLUMN app.purchase_orders.currency IS 'ISO 4217 code of its prices';

COMMENT ON COLUMN app.purchase_orders.ordered_at IS 'When it was sent, UTC';

COMMENT ON COLUMN app.purchase_orders.expected_on IS 'Day the goods are expected, Europe/Bucharest';

COMMENT ON COLUMN app.purchase_orders.created_at IS 'When the row was made, UTC';

COMMENT ON COLUMN app.purchase_orders.draft_key IS 'Number that people say, such as D101, of an order that began as a draft of magflow, and that it keeps; null: another program entered the order';

COMMENT ON COLUMN app.purchase_orders.shipping IS 'Way of shipping (supplier_terms.shipping); null: nobody told';

COMMENT ON COLUMN app.purchase_orders.note IS 'What a person noted of the order';

ALTER TABLE app.purchase_orders ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.purchase_orders_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.raw_emag_product_bodies (
    sha256 bytea NOT NULL,
    body_compressed bytea CONSTRAINT raw_emag_product_bodies_body_zlib_not_null NOT NULL,
    body_bytes integer NOT NULL,
    first_fetched_at timestamp with time zone NOT NULL,
    CONSTRAINT raw_emag_product_bodies_body_bytes_check CHECK ((body_bytes >= 0)),
    CONSTRAINT raw_emag_product_bodies_sha256_check CHECK ((length(sha256) = 32))
);
ALTER TABLE ONLY app.raw_emag_product_bodies ALTER COLUMN body_compressed SET STORAGE EXTERNAL;

COMMENT ON TABLE app.raw_emag_product_bodies IS 'Bodies of answers as received, each once, whatever they hold';

COMMENT ON COLUMN app.raw_emag_product_bodies.sha256 IS 'SHA-256 of the body as received';

COMMENT ON COLUMN app.raw_emag_product_bodies.body_compressed IS 'The body, compressed: with Zstandard (it begins with 28b52ffd), those of before with zlib';

COMMENT ON COLUMN app.raw_emag_product_bodies.body_bytes IS 'Size of the body as received, bytes';

COMMENT ON COLUMN app.raw_emag_product_bodies.first_fetched_at IS 'When this body was first received, UTC';

CREATE TABLE app.raw_emag_product_pages (
    sync_log_id bigint NOT NULL,
    page integer NOT NULL,
    account_type text NOT NULL,
    fetched_at timestamp with time zone NOT NULL,
    http_status smallint NOT NULL,
    duration_ms integer NOT NULL,
    item_count integer NOT NULL,
    created_items integer NOT NULL,
    updated_items integer NOT NULL,
    unchanged_items integer NOT NULL,
    failed_items integer NOT NULL,
    duplicate_items integer NOT NULL,
    body_sha256 bytea NOT NULL,
    sequence integer NOT NULL,
    items_per_page integer NOT NULL,
    filters jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT raw_emag_product_pages_duration_ms_check CHECK ((duration_ms >= 0)),
    CONSTRAINT raw_emag_product_pages_item_count_check CHECK ((item_count >= 0)),
    CONSTRAINT raw_emag_product_pages_items_per_page_check CHECK ((items_per_page >= 1)),
    CONSTRAINT raw_emag_product_pages_page_check CHECK ((page >= 1)),
    CONSTRAINT raw_emag_product_pages_sequence_check CHECK ((sequence >= 1))
);

COMMENT ON TABLE app.raw_emag_product_pages IS 'One row per page stored by a sync, with its body in raw_emag_product_bodies';

COMMENT ON COLUMN app.raw_emag_product_pages.sync_log_id IS 'The sync that read the page';

COMMENT ON COLUMN app.raw_emag_product_pages.page IS 'Page number as asked for, from 1; one that is read again has several rows';

COMMENT ON COLUMN app.raw_emag_product_pages.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.raw_emag_product_pages.fetched_at IS 'When the answer was complete, UTC';

COMMENT ON COLUMN app.raw_emag_product_pages.http_status IS 'HTTP status of the answer';

COMMENT ON COLUMN app.raw_emag_product_pages.duration_ms IS 'Milliseconds from sending the request to the whole answer';

COMMENT ON COLUMN app.raw_emag_product_pages.item_count IS 'Rows on the page = created + updated + unchanged + failed + duplicate';

COMMENT ON COLUMN app.raw_emag_product_pages.created_items IS 'Offers seen for the first time';

COMMENT ON COLUMN app.raw_emag_product_pages.updated_items IS 'Offers whose content changed';

COMMENT ON COLUMN app.raw_emag_product_pages.unchanged_items IS 'Offers seen again as they were';

COMMENT ON COLUMN app.raw_emag_product_pages.failed_items IS 'Rows that went to emag_rejected_offers';

COMMENT ON COLUMN app.raw_emag_product_pages.duplicate_items IS 'Rows of an offer that the sync had already received';

COMMENT ON COLUMN app.raw_emag_product_pages.body_sha256 IS 'The body as received';

COMMENT ON COLUMN app.raw_emag_product_pages.sequence IS 'Order in which the sync stored its pages, from 1';

COMMENT ON COLUMN app.raw_emag_product_pages.items_per_page IS 'Offers asked for: fewer when the marketplace is too slow for more';

COMMENT ON COLUMN app.raw_emag_product_pages.filters IS 'What the read was limited to, such as {"id": 1042} for a single offer; {} for a page of the catalogue';

CREATE TABLE app.reorder_proposals (
    sku text NOT NULL,
    supplier_id bigint,
    supplier_name text,
    shipping text,
    supplier_rule text NOT NULL,
    raw_quantity bigint NOT NULL,
    after_moq bigint NOT NULL,
    after_pack bigint NOT NULL,
    quantity bigint NOT NULL,
    minimum_order_quantity bigint NOT NULL,
    pack_size bigint NOT NULL,
    unit_price numeric(14,4),
    currency text,
    rate numeric(20,10),
    rate_date date,
    landed_unit_cost_ron numeric(20,4),
    total_ron numeric(24,2),
    rounding_cost_ron numeric(24,2),
    cost_problem text,
    cheapest_supplier_name text,
    cheapest_landed_unit_cost_ron numeric(20,4),
    difference_ron numeric(24,2),
    order_by_date date,
    ron_at_risk_per_day numeric(40,2),
    stock bigint NOT NULL,
    month_demand numeric(24,4),
    month_variance numeric(30,6),
    margin_ron numeric(20,4),
    margin_protected_ron numeric(40,2),
    budget_quantity bigint,
    minimum_order_value_ron numeric(20,4),
    flags text,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    most_quantity bigint,
    CONSTRAINT reorder_proposals_quantity_check CHECK ((quantity >= 0))
);

COMMENT ON TABLE app.reorder_proposals IS 'One purchase per SKU and supplier: the needs of all accounts less transfers, rounded to MOQ and pack once';

COMMENT ON COLUMN app.reorder_proposals.sku IS 'Our SKU';

COMMENT ON COLUMN app.reorder_proposals.supplier_id IS 'The supplier (supplier_names.canonical_id); null: none is known';

COMMENT ON COLUMN app.reorder_proposals.supplier_name IS 'His name';

COMMENT ON COLUMN app.reorder_proposals.shipping IS 'Way of shipping';

COMMENT ON COLUMN app.reorder_proposals.supplier_rule IS 'Which rule chose him: preferred, verified, cheapest, only one, cost incomplete, no supplier';

COMMENT ON COLUMN app.reorder_proposals.raw_quantity IS 'Pieces that the accounts lack, less transfers';

COMMENT ON COLUMN app.reorder_proposals.after_moq IS 'Raised to his least quantity';

COMMENT ON COLUMN app.reorder_proposals.after_pack IS 'And rounded up to whole packs';

COMMENT ON COLUMN app.reorder_proposals.quantity IS 'Pieces to order: after_pack; less where that lasts too long, more where it fills the supplier''s order (flags)';

COMMENT ON COLUMN app.reorder_proposals.minimum_order_quantity IS 'His least quantity (MOQ)';

COMMENT ON COLUMN app.reorder_proposals.pack_size IS 'His pack';

COMMENT ON COLUMN app.reorder_proposals.unit_price IS 'Price of a piece at that quantity, in currency';

COMMENT ON COLUMN app.reorder_proposals.currency IS 'ISO 4217 code';

COMMENT ON COLUMN app.reorder_proposals.rate IS 'RON for one unit of currency';

COMMENT ON COLUMN app.reorder_proposals.rate_date IS 'Day of that rate';

COMMENT ON COLUMN app.reorder_proposals.landed_unit_cost_ron IS 'Landed cost of a piece at quantity; null: cost_problem';

COMMENT ON COLUMN app.reorder_proposals.total_ron IS 'quantity x landed_unit_cost_ron';

COMMENT ON COLUMN app.reorder_proposals.rounding_cost_ron IS '(quantity - raw_quantity) x landed_unit_cost_ron, at least 0';

COMMENT ON COLUMN app.reorder_proposals.cost_problem IS 'What is missing for the cost, as codes joined by "; "; null: nothing';

COMMENT ON COLUMN app.reorder_proposals.cheapest_supplier_name IS 'Who is cheapest by landed cost at the same need';

COMMENT ON COLUMN app.reorder_proposals.cheapest_landed_unit_cost_ron IS 'His landed cost of a piece at his rounded quantity';

COMMENT ON COLUMN app.reorder_proposals.difference_ron IS 'What the chosen one costs more in all: (landed - cheapest landed) x quantity; 0: he is the cheapest';

COMMENT ON COLUMN app.reorder_proposals.order_by_date IS 'The earliest order_by_date of the accounts';

COMMENT ON COLUMN app.reorder_proposals.ron_at_risk_per_day IS 'A seventh of the margin that is expected to be lost if it is ordered in a week instead of today, of all accounts';

COMMENT ON COLUMN app.reorder_proposals.stock IS 'Pieces that the accounts have or will get, on order, transfers and proposed transfers included';

COMMENT ON COLUMN app.reorder_proposals.month_demand IS 'Pieces that they are expected to sell until 30 days after an order of today would be there';

COMMENT ON COLUMN app.reorder_proposals.month_variance IS 'Variance of that number';

COMMENT ON COLUMN app.reorder_proposals.margin_ron IS 'What a piece sold earns (demand_levels.margin_ron), on average of the accounts by their demand';

COMMENT ON COLUMN app.reorder_proposals.margin_protected_ron IS 'margin_ron x the pieces of quantity that are expected to be wanted in that time: expected_short(stock) less expected_short(stock + quantity)';

COMMENT ON COLUMN app.reorder_proposals.budget_quantity IS 'Pieces of quantity that the budget buys (MAGFLOW_ORDER_BUDGET_RON); null: there is no budget, or no cost';

COMMENT ON COLUMN app.reorder_proposals.minimum_order_value_ron IS 'Least value of an order of all his articles, without freight and duty; null: none';

COMMENT ON COLUMN app.reorder_proposals.flags IS 'What a buyer should know, as codes of plan_texts and cost_texts joined by "; ": moq_lasts_too_long, capped_to_cover, filled_to_minimum_order_value, below_minimum_order_value, no_supplier, cost_incomplete, lead_time_default, order_overdue, order_late, supplier_closed, never_sold, not_sellable, lost_buy_box, competitor_below_cost, and the notes of its cost (supplier_offers.notes); null: nothing';

COMMENT ON COLUMN app.reorder_proposals.updated_at IS 'When the row last changed, UTC';

COMMENT ON COLUMN app.reorder_proposals.most_quantity IS 'Most pieces that last no longer than they may: of the accounts that lack some, the days that a stock may last x the expected demand, less position and transfers; null: nothing caps it';

CREATE TABLE app.reorder_shares (
    account_type text NOT NULL,
    sku text NOT NULL,
    raw_quantity bigint NOT NULL,
    quantity bigint NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT reorder_shares_quantity_check CHECK ((quantity >= 0))
);

COMMENT ON TABLE app.reorder_shares IS 'Which account gets how much of a purchase: the sum is reorder_proposals.quantity';

COMMENT ON COLUMN app.reorder_shares.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.reorder_shares.sku IS 'Our SKU';

COMMENT ON COLUMN app.reorder_shares.raw_quantity IS 'Pieces that it lacks, less transfers';

COMMENT ON COLUMN app.reorder_shares.quantity IS 'Pieces it gets';

COMMENT ON COLUMN app.reorder_shares.updated_at IS 'When the row last changed, UTC';

CREATE TABLE app.replenishment_needs (
    account_type text NOT NULL,
    sku text NOT NULL,
    available bigint NOT NULL,
    on_order bigint NOT NULL,
    overdue bigint NOT NULL,
    overdue_since date,
    given_up bigint NOT NULL,
    in_transfer bigint NOT NULL,
    sent_away bigint NOT NULL,
    next_arrival date,
    gap_days numeric(10,2),
    ron_lost_before_arrival numeric(40,2),
    raw_quantity bigint,
    transfer_quantity bigint DEFAULT 0 NOT NULL,
    blocked text,
    runs_out_on date,
    order_by_date date,
    flags text,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    arrivals text
);

COMMENT ON TABLE app.replenishment_needs IS 'What each account lacks of each SKU, before transfers and rounding';

COMMENT ON COLUMN app.replenishment_needs.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.replenishment_needs.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.replenishment_needs.available IS 'Pieces that can be promised';

COMMENT ON COLUMN app.replenishment_needs.on_order IS 'Pieces to come from suppliers that count';

COMMENT ON COLUMN app.replenishment_needs.overdue IS 'Pieces on order that are past their day; after MAGFLOW_LATE_ORDER_DAYS they are no longer in on_order';

COMMENT ON COLUMN app.replenishment_needs.overdue_since IS 'The day on which the first of them was due; null: none is';

COMMENT ON COLUMN app.replenishment_needs.given_up IS 'Pieces of overdue that no longer count: nothing says that they will come';

COMMENT ON COLUMN app.replenishment_needs.in_transfer IS 'Pieces on their way from another account';

COMMENT ON COLUMN app.replenishment_needs.sent_away IS 'Pieces of available that have left for another account since the stock was last read';

COMMENT ON COLUMN app.replenishment_needs.next_arrival IS 'Day in Bucharest of the next arrival, from a supplier or another account; what is late is expected as much later as it is late already; null: none is dated';

COMMENT ON COLUMN app.replenishment_needs.gap_days IS 'Expected days without stock before the next arrival, or before an order of today would be there (closed days counted) if that is sooner';

COMMENT ON COLUMN app.replenishment_needs.ron_lost_before_arrival IS 'Margin lost in these days, RON: gap_days x the expected demand x the margin; 0 while no customer can buy it: stock is not what it lacks; null: not known';

COMMENT ON COLUMN app.replenishment_needs.raw_quantity IS 'Where available - sent_away + on_order + in_transfer is at most the reorder point: the maximum less these; else 0. Set by hand: that number. Null: a person has to decide';

COMMENT ON COLUMN app.replenishment_needs.transfer_quantity IS 'Pieces of it that another account can spare';

COMMENT ON COLUMN app.replenishment_needs.blocked IS 'Why it is not bought, as codes joined by "; ": ordered_elsewhere, stock_unread, not_enough_data, never_sold, not_worth_keeping, no_price_in_ron, not_sellable, lost_buy_box, competitor_below_cost; null: it is, or nothing is lacking';

COMMENT ON COLUMN app.replenishment_needs.runs_out_on IS 'First day in Bucharest without stock, all arrivals counted, that an order can still prevent; null: not known, or more than ten years from now';

COMMENT ON COLUMN app.replenishment_needs.order_by_date IS 'Last day on which an order is there by runs_out_on, by the lead time and the closures of the supplier; before today: it is late';

COMMENT ON COLUMN app.replenishment_needs.flags IS 'What a buyer should know, as codes of plan_texts joined by "; ": order_overdue, order_given_up, transfer_overdue, supplier_closed, and what speaks against buying it where a person wants it all the same; null: nothing';

COMMENT ON COLUMN app.replenishment_needs.updated_at IS 'When the row last changed, UTC';

COMMENT ON COLUMN app.replenishment_needs.arrivals IS 'What is on its way and counts: days in Bucharest, each with its pieces, joined by "; ", as 2026-12-01 40; ?: nobody knows the day. What is late is expected as much later as it is late already; null: nothing';

CREATE TABLE app.sales_elsewhere (
    account_type text NOT NULL,
    channel text NOT NULL,
    sku text NOT NULL,
    day date NOT NULL,
    quantity integer NOT NULL,
    import_id bigint,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sales_elsewhere_account_type_check CHECK (((account_type = lower(account_type)) AND (account_type <> ''::text))),
    CONSTRAINT sales_elsewhere_channel_check CHECK (((channel = lower(channel)) AND (channel = app.spaced(channel)) AND (channel <> ALL (ARRAY[''::text, 'emag'::text])))),
    CONSTRAINT sales_elsewhere_quantity_check CHECK (((quantity >= 0) AND (quantity <= 999999999))),
    CONSTRAINT sales_elsewhere_sku_check CHECK ((sku <> ''::text))
);

COMMENT ON TABLE app.sales_elsewhere IS 'Pieces sold in other channels than eMAG, by account, SKU, day and channel: magflow import sales FILE, or other programs';

COMMENT ON COLUMN app.sales_elsewhere.account_type IS 'The account whose pieces were sold, lower case';

COMMENT ON COLUMN app.sales_elsewhere.channel IS 'Where they were sold, lower case; never eMAG, whose orders are read';

COMMENT ON COLUMN app.sales_elsewhere.sku IS 'Seller''s SKU; one that no product has counts nowhere';

COMMENT ON COLUMN app.sales_elsewhere.day IS 'The day of the sale in Bucharest';

COMMENT ON COLUMN app.sales_elsewhere.quantity IS 'Pieces, without what was returned; 0 takes an earlier number back';

COMMENT ON COLUMN app.sales_elsewhere.import_id IS 'The import that last wrote it; null: another program';

COMMENT ON COLUMN app.sales_elsewhere.updated_at IS 'When its quantity last changed, UTC';

CREATE TABLE app.stock_counts (
    account_type text NOT NULL,
    sku text NOT NULL,
    day date NOT NULL,
    quantity integer NOT NULL,
    import_id bigint,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT stock_counts_account_type_check CHECK (((account_type = lower(account_type)) AND (account_type <> ''::text))),
    CONSTRAINT stock_counts_quantity_check CHECK (((quantity >= 0) AND (quantity <= 999999999))),
    CONSTRAINT stock_counts_sku_check CHECK ((sku <> ''::text))
);

COMMENT ON TABLE app.stock_counts IS 'Stock as a person counted it, by account, SKU and day: magflow import stock FILE, or other programs';

COMMENT ON COLUMN app.stock_counts.account_type IS 'The account whose pieces were counted, lower case';

COMMENT ON COLUMN app.stock_counts.sku IS 'Seller''s SKU; one that no product has counts nowhere';

COMMENT ON COLUMN app.stock_counts.day IS 'The day on which they were counted, at its end';

COMMENT ON COLUMN app.stock_counts.quantity IS 'Pieces that were there';

COMMENT ON COLUMN app.stock_counts.import_id IS 'The import that last wrote it; null: another program';

COMMENT ON COLUMN app.stock_counts.updated_at IS 'When its quantity last changed, UTC';

CREATE TABLE app.stock_snapshots (
    account_type text NOT NULL,
    sku text NOT NULL,
    day date NOT NULL,
    first_stock bigint NOT NULL,
    min_stock bigint NOT NULL,
    max_stock bigint NOT NULL,
    last_stock bigint NOT NULL,
    samples integer NOT NULL,
    samples_in_stock integer NOT NULL,
    samples_sellable integer,
    CONSTRAINT stock_snapshots_check CHECK (((samples_in_stock >= 0) AND (samples_in_stock <= samples))),
    CONSTRAINT stock_snapshots_check1 CHECK (((min_stock <= LEAST(first_stock, last_stock)) AND (max_stock >= GREATEST(first_stock, last_stock)))),
    CONSTRAINT stock_snapshots_check2 CHECK (((samples_sellable >= 0) AND (samples_sellable <= samples_in_stock))),
    CONSTRAINT stock_snapshots_samples_check CHECK ((samples > 0))
)
WITH (fillfactor='45');

COMMENT ON TABLE app.stock_snapshots IS 'Stock per account, SKU and Bucharest day, from the first sync on; cannot be rebuilt';

COMMENT ON COLUMN app.stock_snapshots.account_type IS 'Account, lower case';

COMMENT ON COLUMN app.stock_snapshots.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.stock_snapshots.day IS 'Day in Europe/Bucharest';

COMMENT ON COLUMN app.stock_snapshots.first_stock IS 'Pieces at the first sync of the day';

COMMENT ON COLUMN app.stock_snapshots.min_stock IS 'Fewest pieces of the day';

COMMENT ON COLUMN app.stock_snapshots.max_stock IS 'Most pieces of the day';

COMMENT ON COLUMN app.stock_snapshots.last_stock IS 'Pieces at the last sync of the day';

COMMENT ON COLUMN app.stock_snapshots.samples IS 'Syncs that saw the SKU that day';

COMMENT ON COLUMN app.stock_snapshots.samples_in_stock IS 'Syncs that saw it with stock';

COMMENT ON COLUMN app.stock_snapshots.samples_sellable IS 'Syncs that saw it for sale: active, validated, visible, priced and in stock: demand is per these. Null: not known, the day has samples from before this was kept';

CREATE TABLE app.stock_transfers (
    id bigint NOT NULL,
    sku text NOT NULL,
    from_account text NOT NULL,
    to_account text NOT NULL,
    quantity bigint NOT NULL,
    sent_on date NOT NULL,
    expected_on date,
    received_on date,
    noted_by text DEFAULT 'another program'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT stock_transfers_check CHECK ((from_account <> to_account)),
    CONSTRAINT stock_transfers_from_account_check CHECK (((from_account = lower(from_account)) AND (from_account <> ''::text))),
    CONSTRAINT stock_transfers_quantity_check CHECK (((quantity >= 1) AND (quantity <= 1000000000))),
    CONSTRAINT stock_transfers_sku_check CHECK ((sku <> ''::text)),
    CONSTRAINT stock_transfers_to_account_check CHECK (((to_account = lower(to_account)) AND (to_account <> ''::text)))
);

COMMENT ON TABLE app.stock_transfers IS 'Pieces sent from the warehouse of one account to that of another';

COMMENT ON COLUMN app.stock_transfers.id IS 'Number of the transfer';

COMMENT ON COLUMN app.stock_transfers.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.stock_transfers.from_account IS 'Account they left, lower case';

COMMENT ON COLUMN app.stock_transfers.to_account IS 'Account they go to, lower case';

COMMENT ON COLUMN app.stock_transfers.quantity IS 'Pieces';

COMMENT ON COLUMN app.stock_transfers.sent_on IS 'Day they left, in Bucharest';

COMMENT ON COLUMN app.stock_transfers.expected_on IS 'Day they can be sold there, in Bucharest; null: MAGFLOW_INBOUND_DAYS after sent_on';

COMMENT ON COLUMN app.stock_transfers.received_on IS 'Day they were received; null: on their way';

COMMENT ON COLUMN app.stock_transfers.noted_by IS 'Who wrote the row';

COMMENT ON COLUMN app.stock_transfers.created_at IS 'When the row was made, UTC';

ALTER TABLE app.stock_transfers ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.stock_transfers_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.supplier_closures (
    id bigint NOT NULL,
    supplier_id bigint,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    name text DEFAULT 'closed'::text NOT NULL,
    import_id bigint,
    CONSTRAINT supplier_closures_check CHECK (((ends_on >= starts_on) AND ((ends_on - starts_on) <= 366)))
);

COMMENT ON TABLE app.supplier_closures IS 'Days on which suppliers neither work nor ship, such as the Chinese New Year: a lead time stands still on them';

COMMENT ON COLUMN app.supplier_closures.id IS 'Number of the closure';

COMMENT ON COLUMN app.supplier_closures.supplier_id IS 'The supplier (suppliers.id); null: all of them';

COMMENT ON COLUMN app.supplier_closures.starts_on IS 'First day, in Bucharest';

COMMENT ON COLUMN app.supplier_closures.ends_on IS 'Last day, in Bucharest';

COMMENT ON COLUMN app.supplier_closures.name IS 'What it is';

COMMENT ON COLUMN app.supplier_closures.import_id IS 'The import that last wrote it; null: another program';

ALTER TABLE app.supplier_closures ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.supplier_closures_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.supplier_offers (
    sku text NOT NULL,
    supplier_id bigint NOT NULL,
    shipping text NOT NULL,
    supplier_name text NOT NULL,
    is_preferred boolean NOT NULL,
    is_verified boolean NOT NULL,
    lead_time_days numeric(8,2) NOT NULL,
    lead_time_spread_days numeric(8,2) NOT NULL,
    lead_time_source text NOT NULL,
    minimum_order_quantity bigint NOT NULL,
    pack_size bigint NOT NULL,
    minimum_order_value_ron numeric(20,4),
    asked_on date,
    rate numeric(20,10),
    rate_date date,
    freight_per_piece_ron numeric(20,6),
    freight_per_order_ron numeric(20,6),
    duty_rate numeric(8,6),
    planning_quantity bigint NOT NULL,
    unit_price numeric(14,4),
    currency text,
    landed_unit_cost_ron numeric(20,4),
    problem text,
    notes text,
    rank integer NOT NULL,
    rule text NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    freight_problem text,
    list_price_cny numeric(14,4),
    supplier_url text,
    CONSTRAINT supplier_offers_lead_time_source_check CHECK ((lead_time_source = ANY (ARRAY['receipts'::text, 'terms'::text, 'default'::text])))
);

COMMENT ON TABLE app.supplier_offers IS 'What each active supplier offers for each SKU by each way of shipping, with the landed cost in RON at a usual quantity';

COMMENT ON COLUMN app.supplier_offers.sku IS 'Our SKU';

COMMENT ON COLUMN app.supplier_offers.supplier_id IS 'The supplier (supplier_names.canonical_id)';

COMMENT ON COLUMN app.supplier_offers.shipping IS 'Way of shipping (supplier_terms.shipping)';

COMMENT ON COLUMN app.supplier_offers.supplier_name IS 'The supplier''s name as it is shown';

COMMENT ON COLUMN app.supplier_offers.is_preferred IS 'Whether he is chosen before cheaper ones';

COMMENT ON COLUMN app.supplier_offers.is_verified IS 'Whether a person confirmed him for the SKU';

COMMENT ON COLUMN app.supplier_offers.lead_time_days IS 'Days from an order until its pieces can be sold';

COMMENT ON COLUMN app.supplier_offers.lead_time_spread_days IS 'Standard deviation of these days';

COMMENT ON COLUMN app.supplier_offers.lead_time_source IS 'receipts: learned from three or more; terms: as he says; default: 45 ± 10 days, nobody knows';

COMMENT ON COLUMN app.supplier_offers.minimum_order_quantity IS 'Least pieces of one order (MOQ): by his terms, and no fewer than the least quantity that has a price';

COMMENT ON COLUMN app.supplier_offers.pack_size IS 'Pieces are sold in multiples of this';

COMMENT ON COLUMN app.supplier_offers.minimum_order_value_ron IS 'Least value of an order of all articles; null: none';

COMMENT ON COLUMN app.supplier_offers.asked_on IS 'Day in Bucharest of the price; null: no price, or of no possible day';

COMMENT ON COLUMN app.supplier_offers.rate IS 'RON for one unit of currency';

COMMENT ON COLUMN app.supplier_offers.rate_date IS 'Day of that rate; null: RON, or none is known';

COMMENT ON COLUMN app.supplier_offers.freight_per_piece_ron IS 'Freight of a piece by weight and volume; 0: nobody entered one; null: it cannot be computed (freight_problem)';

COMMENT ON COLUMN app.supplier_offers.freight_per_order_ron IS 'Freight of an order whatever its size; 0: nobody entered one; null: it cannot be computed (freight_problem)';

COMMENT ON COLUMN app.supplier_offers.duty_rate IS 'Customs duty as a part of price and freight; null: nobody told';

COMMENT ON COLUMN app.supplier_offers.planning_quantity IS 'Pieces that the cost here is of: 30 days'' demand of all accounts, at least 1, rounded up to MOQ and pack';

COMMENT ON COLUMN app.supplier_offers.unit_price IS 'Price of a piece at that quantity, in currency';

COMMENT ON COLUMN app.supplier_offers.currency IS 'ISO 4217 code of the price';

COMMENT ON COLUMN app.supplier_offers.landed_unit_cost_ron IS '(price + freight) x (1 + duty) of a piece in RON; null: cost incomplete, see problem';

COMMENT ON COLUMN app.supplier_offers.problem IS 'What is missing for the landed cost, as codes joined by "; "; null: nothing';

COMMENT ON COLUMN app.supplier_offers.notes IS 'What the cost leaves out because nobody entered it, and what is old, as codes joined by "; "; null: nothing';

COMMENT ON COLUMN app.supplier_offers.rank IS '1: chosen at that quantity; then in the order of the rule';

COMMENT ON COLUMN app.supplier_offers.rule IS 'Why he has his rank: preferred, verified, cheapest, only one, cost incomplete';

COMMENT ON COLUMN app.supplier_offers.updated_at IS 'When the row last changed, UTC';

COMMENT ON COLUMN app.supplier_offers.freight_problem IS 'The codes of problem that hold at any quantity; null: none';

COMMENT ON COLUMN app.supplier_offers.list_price_cny IS 'His newest price in the price list, CNY (supplier_prices); null: it has none';

COMMENT ON COLUMN app.supplier_offers.supplier_url IS 'The article on his site';

CREATE TABLE app.supplier_price_breaks (
    supplier_id bigint NOT NULL,
    sku text NOT NULL,
    minimum_quantity bigint NOT NULL,
    unit_price numeric(14,4) NOT NULL,
    currency text DEFAULT 'CNY'::text NOT NULL,
    asked_on date DEFAULT ((now() AT TIME ZONE 'Europe/Bucharest'::text))::date NOT NULL,
    import_id bigint,
    CONSTRAINT supplier_price_breaks_currency_check CHECK (((currency = upper(currency)) AND (length(currency) = 3))),
    CONSTRAINT supplier_price_breaks_minimum_quantity_check CHECK (((minimum_quantity >= 1) AND (minimum_quantity <= 1000000000))),
    CONSTRAINT supplier_price_breaks_sku_check CHECK ((sku <> ''::text)),
    CONSTRAINT supplier_price_breaks_unit_price_check CHECK (((unit_price > (0)::numeric) AND (unit_price <= (1000000000)::numeric)))
);

COMMENT ON TABLE app.supplier_price_breaks IS 'What a supplier asks for a piece from a quantity on. Below the least of these quantities the price list counts (product_supplier_sheets)';

COMMENT ON COLUMN app.supplier_price_breaks.supplier_id IS 'The supplier (suppliers.id)';

COMMENT ON COLUMN app.supplier_price_breaks.sku IS 'Our SKU';

COMMENT ON COLUMN app.supplier_price_breaks.minimum_quantity IS 'Pieces of one order from which the price holds';

COMMENT ON COLUMN app.supplier_price_breaks.unit_price IS 'Price of one piece, in currency';

COMMENT ON COLUMN app.supplier_price_breaks.currency IS 'ISO 4217 code';

COMMENT ON COLUMN app.supplier_price_breaks.asked_on IS 'Day in Bucharest on which he asked it';

COMMENT ON COLUMN app.supplier_price_breaks.import_id IS 'The import that last wrote it; null: another program';

CREATE TABLE app.supplier_products (
    id bigint NOT NULL,
    supplier_id bigint NOT NULL,
    local_product_id bigint,
    supplier_product_url text,
    manual_confirmed boolean DEFAULT false NOT NULL,
    confirmed_by text,
    confirmed_at timestamp with time zone,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE app.supplier_products IS 'Matches: this article of a supplier is that product of ours';

COMMENT ON COLUMN app.supplier_products.id IS 'Number of the match';

COMMENT ON COLUMN app.supplier_products.supplier_id IS 'The supplier';

COMMENT ON COLUMN app.supplier_products.local_product_id IS 'Our product; null when not matched yet';

COMMENT ON COLUMN app.supplier_products.supplier_product_url IS 'The article on the supplier''s site';

COMMENT ON COLUMN app.supplier_products.manual_confirmed IS 'A person has confirmed the match';

COMMENT ON COLUMN app.supplier_products.confirmed_by IS 'Who';

COMMENT ON COLUMN app.supplier_products.confirmed_at IS 'When, UTC';

COMMENT ON COLUMN app.supplier_products.is_active IS 'False: the match no longer counts';

COMMENT ON COLUMN app.supplier_products.created_at IS 'When the row was made, UTC';

ALTER TABLE app.supplier_products ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.supplier_products_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.supplier_receipts (
    id bigint NOT NULL,
    supplier_id bigint NOT NULL,
    sku text NOT NULL,
    shipping text DEFAULT 'usual'::text NOT NULL,
    ordered_on date NOT NULL,
    received_on date NOT NULL,
    quantity bigint NOT NULL,
    reference text DEFAULT ''::text NOT NULL,
    import_id bigint,
    CONSTRAINT supplier_receipts_check CHECK (((received_on >= ordered_on) AND ((received_on - ordered_on) <= 1000))),
    CONSTRAINT supplier_receipts_quantity_check CHECK (((quantity >= 1) AND (quantity <= 1000000000))),
    CONSTRAINT supplier_receipts_shipping_check CHECK (((shipping = lower(app.spaced(shipping))) AND (shipping <> ''::text))),
    CONSTRAINT supplier_receipts_sku_check CHECK ((sku <> ''::text))
);

COMMENT ON TABLE app.supplier_receipts IS 'What came from a supplier, and when it was ordered: lead times are learned from it';

COMMENT ON COLUMN app.supplier_receipts.id IS 'Number of the receipt';

COMMENT ON COLUMN app.supplier_receipts.supplier_id IS 'The supplier (suppliers.id)';

COMMENT ON COLUMN app.supplier_receipts.sku IS 'Our SKU';

COMMENT ON COLUMN app.supplier_receipts.shipping IS 'How it was shipped, as in supplier_terms';

COMMENT ON COLUMN app.supplier_receipts.ordered_on IS 'Day of the order, in Bucharest';

COMMENT ON COLUMN app.supplier_receipts.received_on IS 'Day on which its pieces could be sold, in Bucharest';

COMMENT ON COLUMN app.supplier_receipts.quantity IS 'Pieces that came';

COMMENT ON COLUMN app.supplier_receipts.reference IS 'Number of the order or the delivery note, as it was written';

COMMENT ON COLUMN app.supplier_receipts.import_id IS 'The import that last wrote it; null: another program';

ALTER TABLE app.supplier_receipts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.supplier_receipts_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.supplier_terms (
    supplier_id bigint NOT NULL,
    sku text DEFAULT ''::text NOT NULL,
    shipping text DEFAULT 'usual'::text NOT NULL,
    currency text,
    lead_time_days numeric(8,2),
    lead_time_spread_days numeric(8,2),
    minimum_order_quantity bigint,
    pack_size bigint,
    minimum_order_value numeric(14,4),
    freight_per_kg numeric(14,4),
    freight_per_m3 numeric(14,4),
    freight_per_order numeric(14,4),
    import_id bigint,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT supplier_terms_currency_check CHECK (((currency = upper(currency)) AND (length(currency) = 3))),
    CONSTRAINT supplier_terms_freight_per_kg_check CHECK (((freight_per_kg >= (0)::numeric) AND (freight_per_kg <= (1000000000)::numeric))),
    CONSTRAINT supplier_terms_freight_per_m3_check CHECK (((freight_per_m3 >= (0)::numeric) AND (freight_per_m3 <= (1000000000)::numeric))),
    CONSTRAINT supplier_terms_freight_per_order_check CHECK (((freight_per_order >= (0)::numeric) AND (freight_per_order <= (1000000000)::numeric))),
    CONSTRAINT supplier_terms_lead_time_days_check CHECK (((lead_time_days >= (0)::numeric) AND (lead_time_days <= (1000)::numeric))),
    CONSTRAINT supplier_terms_lead_time_spread_days_check CHECK (((lead_time_spread_days >= (0)::numeric) AND (lead_time_spread_days <= (1000)::numeric))),
    CONSTRAINT supplier_terms_minimum_order_quantity_check CHECK (((minimum_order_quantity >= 1) AND (minimum_order_quantity <= 1000000000))),
    CONSTRAINT supplier_terms_minimum_order_value_check CHECK (((minimum_order_value >= (0)::numeric) AND (minimum_order_value <= (1000000000)::numeric))),
    CONSTRAINT supplier_terms_pack_size_check CHECK (((pack_size >= 1) AND (pack_size <= 1000000000))),
    CONSTRAINT supplier_terms_shipping_check CHECK (((shipping = lower(app.spaced(shipping))) AND (shipping <> ''::text)))
);

COMMENT ON TABLE app.supplier_terms IS 'On which terms a supplier delivers, by way of shipping: of all his articles, or of one SKU where that differs. A null of a SKU means what holds for all his articles';

COMMENT ON COLUMN app.supplier_terms.supplier_id IS 'The supplier (suppliers.id)';

COMMENT ON COLUMN app.supplier_terms.sku IS 'Our SKU that the row is for; empty: all of his articles';

COMMENT ON COLUMN app.supplier_terms.shipping IS 'How it is shipped, lower case, such as sea or air: two ways are two terms, and two lead times';

COMMENT ON COLUMN app.supplier_terms.currency IS 'ISO 4217 code of minimum_order_value and freight; null: CNY, as price lists';

COMMENT ON COLUMN app.supplier_terms.lead_time_days IS 'Days from an order until its pieces can be sold; null: learned from receipts, else 45';

COMMENT ON COLUMN app.supplier_terms.lead_time_spread_days IS 'Standard deviation of these days';

COMMENT ON COLUMN app.supplier_terms.minimum_order_quantity IS 'Least pieces of one order (MOQ); null: 1';

COMMENT ON COLUMN app.supplier_terms.pack_size IS 'Pieces are sold in multiples of this; null: 1';

COMMENT ON COLUMN app.supplier_terms.minimum_order_value IS 'Least value of an order of all articles, in currency';

COMMENT ON COLUMN app.supplier_terms.freight_per_kg IS 'Freight of a kilogram, in currency';

COMMENT ON COLUMN app.supplier_terms.freight_per_m3 IS 'Freight of a cubic metre, in currency';

COMMENT ON COLUMN app.supplier_terms.freight_per_order IS 'Freight of an order whatever its size, in currency';

COMMENT ON COLUMN app.supplier_terms.import_id IS 'The import that last wrote it; null: another program';

COMMENT ON COLUMN app.supplier_terms.updated_at IS 'When the row was last written, UTC';

CREATE TABLE app.supplier_unit_prices (
    sku text NOT NULL,
    supplier_id bigint NOT NULL,
    minimum_quantity bigint NOT NULL,
    unit_price numeric(14,4) NOT NULL,
    currency text NOT NULL,
    asked_on date,
    rate numeric(20,10),
    rate_date date,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE app.supplier_unit_prices IS 'What each active supplier asks for a piece from a quantity on: his price breaks, and below the least of them his price list. Built with supplier_offers';

COMMENT ON COLUMN app.supplier_unit_prices.sku IS 'Our SKU';

COMMENT ON COLUMN app.supplier_unit_prices.supplier_id IS 'The supplier (supplier_names.canonical_id)';

COMMENT ON COLUMN app.supplier_unit_prices.minimum_quantity IS 'Pieces of one order from which the price holds';

COMMENT ON COLUMN app.supplier_unit_prices.unit_price IS 'Price of one piece, in currency';

COMMENT ON COLUMN app.supplier_unit_prices.currency IS 'ISO 4217 code';

COMMENT ON COLUMN app.supplier_unit_prices.asked_on IS 'Day in Bucharest on which he asked it; null: of no possible day';

COMMENT ON COLUMN app.supplier_unit_prices.rate IS 'RON for one unit of currency (current_rates); null: none is known';

COMMENT ON COLUMN app.supplier_unit_prices.rate_date IS 'Day of that rate; null: RON, or none is known';

COMMENT ON COLUMN app.supplier_unit_prices.updated_at IS 'When the row last changed, UTC';

CREATE TABLE app.supplier_verification_history (
    id bigint NOT NULL,
    sku text NOT NULL,
    supplier_name text NOT NULL,
    is_verified boolean NOT NULL,
    reason text NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE app.supplier_verification_history IS 'Each change of a verified mark: what, why, by whom, when';

COMMENT ON COLUMN app.supplier_verification_history.id IS 'Number of the change';

COMMENT ON COLUMN app.supplier_verification_history.sku IS 'Our SKU';

COMMENT ON COLUMN app.supplier_verification_history.supplier_name IS 'Supplier as written in the list';

COMMENT ON COLUMN app.supplier_verification_history.is_verified IS 'The mark after the change';

COMMENT ON COLUMN app.supplier_verification_history.reason IS 'Why it changed';

COMMENT ON COLUMN app.supplier_verification_history.changed_by IS 'Who: the one who confirmed, or the program that repaired';

COMMENT ON COLUMN app.supplier_verification_history.changed_at IS 'When, UTC';

ALTER TABLE app.supplier_verification_history ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.supplier_verification_history_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.suppliers (
    id bigint NOT NULL,
    name text NOT NULL,
    is_preferred boolean DEFAULT false NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    identity text GENERATED ALWAYS AS (app.normalized_name(name)) STORED,
    is_from_list boolean DEFAULT false NOT NULL,
    former_names text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT suppliers_name_check CHECK ((btrim(name) <> ''::text))
);

COMMENT ON TABLE app.suppliers IS 'Suppliers, entered by people and the ERP or named by a price list; rows with one normalised name are one supplier, who is active while one of them is';

COMMENT ON COLUMN app.suppliers.id IS 'Number of the supplier';

COMMENT ON COLUMN app.suppliers.name IS 'Name as people write it';

COMMENT ON COLUMN app.suppliers.is_preferred IS 'Chosen before cheaper ones';

COMMENT ON COLUMN app.suppliers.is_active IS 'Whether the seller still buys there; when no row of the supplier is active, his prices and matches count nowhere';

COMMENT ON COLUMN app.suppliers.created_at IS 'When the row was made, UTC';

COMMENT ON COLUMN app.suppliers.identity IS 'The name as it is compared (normalized_name): rows with one identity are one supplier';

COMMENT ON COLUMN app.suppliers.is_from_list IS 'Nobody entered the supplier, a price list named him: the row is replaced by the one that people or the ERP enter, and is theirs once they change it';

COMMENT ON COLUMN app.suppliers.former_names IS 'Identities he had before: lists that still use such a name mean him, unless another supplier has it now';

ALTER TABLE app.suppliers ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.suppliers_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE app.transfer_proposals (
    sku text NOT NULL,
    from_account text NOT NULL,
    to_account text NOT NULL,
    quantity bigint NOT NULL,
    raw_quantity bigint NOT NULL,
    carton_size bigint NOT NULL,
    arrives_on date NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT transfer_proposals_quantity_check CHECK ((quantity > 0))
);

COMMENT ON TABLE app.transfer_proposals IS 'Pieces to move between accounts before anything is bought';

COMMENT ON COLUMN app.transfer_proposals.sku IS 'Seller''s SKU';

COMMENT ON COLUMN app.transfer_proposals.from_account IS 'Account that can spare them, lower case';

COMMENT ON COLUMN app.transfer_proposals.to_account IS 'Account that lacks them, lower case';

COMMENT ON COLUMN app.transfer_proposals.quantity IS 'Pieces, in whole cartons';

COMMENT ON COLUMN app.transfer_proposals.raw_quantity IS 'Pieces before rounding to cartons';

COMMENT ON COLUMN app.transfer_proposals.carton_size IS 'Pieces of a carton';

COMMENT ON COLUMN app.transfer_proposals.arrives_on IS 'Day in Bucharest on which they can be sold there, if sent today';

COMMENT ON COLUMN app.transfer_proposals.updated_at IS 'When the row last changed, UTC';

CREATE TABLE app.warehouses (
    id bigint NOT NULL,
    code text NOT NULL,
    name text,
    kind text DEFAULT 'main'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT warehouses_code_check CHECK ((code <> ''::text)),
    CONSTRAINT warehouses_kind_check CHECK ((kind = ANY (ARRAY['main'::text, 'fbe'::text])))
);

COMMENT ON TABLE app.warehouses IS 'Pools of physical stock; accounts that publish the same stock share one';

COMMENT ON COLUMN app.warehouses.id IS 'Number of the warehouse';

COMMENT ON COLUMN app.warehouses.code IS 'Code, such as EMAG-MAIN or EMAG-FBE';

COMMENT ON COLUMN app.warehouses.name IS 'Name for people';

COMMENT ON COLUMN app.warehouses.kind IS 'main: the seller''s own; fbe: at eMAG. Of a warehouse that a configured account names: what the configuration says';

COMMENT ON COLUMN app.warehouses.created_at IS 'When the row was made, UTC';

ALTER TABLE app.warehouses ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME app.warehouses_id_seq
    START WITH 1000000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE migrations._yoyo_migration (
    migration_hash character varying(64) NOT NULL,
    migration_id character varying(255),
    applied_at_utc timestamp without time zone
);

COMMENT ON TABLE migrations._yoyo_migration IS 'What yoyo applied before Alembic took over; a version of MagFlow that still uses yoyo finds a name that it does not know, and leaves the database alone';

CREATE TABLE migrations.alembic_version (
    version_num character varying(32) NOT NULL
);

COMMENT ON TABLE migrations.alembic_version IS 'Number of the newest migration of sql/migrations that is applied';

CREATE TABLE migrations.view_files (
    name text NOT NULL,
    sha256 bytea NOT NULL
);

COMMENT ON TABLE migrations.view_files IS 'The text of sql/views as it was applied';

ALTER TABLE ONLY app.emag_product_offers_v2 ALTER COLUMN sync_attempts SET DEFAULT 0;

ALTER TABLE ONLY app.emag_products_v2 ALTER COLUMN images SET DEFAULT '[]'::jsonb;

ALTER TABLE ONLY app.emag_products_v2 ALTER COLUMN characteristics SET DEFAULT '[]'::jsonb;

ALTER TABLE ONLY app.emag_products_v2 ALTER COLUMN ean SET DEFAULT '{}'::text[];

ALTER TABLE ONLY app.emag_products_v2 ALTER COLUMN validation_status SET DEFAULT '{}'::smallint[];

ALTER TABLE ONLY app.emag_products_v2 ALTER COLUMN translation_validation_status SET DEFAULT '{}'::smallint[];

ALTER TABLE ONLY app.emag_products_v2 ALTER COLUMN notes SET DEFAULT '{}'::text[];

ALTER TABLE ONLY app.emag_products_v2 ALTER COLUMN sync_status SET DEFAULT 'synced'::text;

ALTER TABLE ONLY app.alert_deliveries
    ADD CONSTRAINT alert_deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.backups
    ADD CONSTRAINT backups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.build_outcomes
    ADD CONSTRAINT build_outcomes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.builds
    ADD CONSTRAINT builds_pkey PRIMARY KEY (name, account_type);

ALTER TABLE ONLY app.campaign_days
    ADD CONSTRAINT campaign_days_pkey PRIMARY KEY (name);

ALTER TABLE ONLY app.demand_basis
    ADD CONSTRAINT demand_basis_pkey PRIMARY KEY (account_type);

ALTER TABLE ONLY app.demand_days
    ADD CONSTRAINT demand_days_pkey PRIMARY KEY (account_type, sku, day);

ALTER TABLE ONLY app.demand_forecasts
    ADD CONSTRAINT demand_forecasts_pkey PRIMARY KEY (account_type, made_on, sku);

ALTER TABLE ONLY app.demand_levels
    ADD CONSTRAINT demand_levels_pkey PRIMARY KEY (account_type, sku);

ALTER TABLE ONLY app.demand
    ADD CONSTRAINT demand_pkey PRIMARY KEY (account_type, sku);

ALTER TABLE ONLY app.emag_accounts
    ADD CONSTRAINT emag_accounts_pkey PRIMARY KEY (account_type);

ALTER TABLE ONLY app.emag_offer_history
    ADD CONSTRAINT emag_offer_history_pkey PRIMARY KEY (account_type, emag_offer_id, valid_from);

ALTER TABLE ONLY app.emag_offer_market_history
    ADD CONSTRAINT emag_offer_market_history_pkey PRIMARY KEY (account_type, emag_offer_id, observed_at);

ALTER TABLE ONLY app.emag_offers_seen
    ADD CONSTRAINT emag_offers_seen_pkey PRIMARY KEY (account_type, emag_id);

ALTER TABLE ONLY app.emag_order_lines
    ADD CONSTRAINT emag_order_lines_pkey PRIMARY KEY (account_type, order_id, line_id);

ALTER TABLE ONLY app.emag_order_windows
    ADD CONSTRAINT emag_order_windows_pkey PRIMARY KEY (account_type, order_type, axis, starts_at);

ALTER TABLE ONLY app.emag_orders
    ADD CONSTRAINT emag_orders_pkey PRIMARY KEY (account_type, order_id);

ALTER TABLE ONLY app.emag_offer_contents
    ADD CONSTRAINT emag_product_offers_v2_pkey PRIMARY KEY (account_type, emag_offer_id);

ALTER TABLE ONLY app.emag_product_contents
    ADD CONSTRAINT emag_products_v2_pkey PRIMARY KEY (account_type, emag_id);

ALTER TABLE ONLY app.emag_rejected_offers
    ADD CONSTRAINT emag_rejected_offers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.emag_rejected_orders
    ADD CONSTRAINT emag_rejected_orders_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.emag_sync_logs
    ADD CONSTRAINT emag_sync_logs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.emag_sync_progress
    ADD CONSTRAINT emag_sync_progress_pkey PRIMARY KEY (sync_log_id);

ALTER TABLE ONLY app.exchange_rates
    ADD CONSTRAINT exchange_rates_pkey PRIMARY KEY (currency, rate_date);

ALTER TABLE ONLY app.forecast_accuracy
    ADD CONSTRAINT forecast_accuracy_pkey PRIMARY KEY (account_type, day, demand_class);

ALTER TABLE ONLY app.imports
    ADD CONSTRAINT imports_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.incidents
    ADD CONSTRAINT incidents_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.input_changes
    ADD CONSTRAINT input_changes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.inventory_items
    ADD CONSTRAINT inventory_items_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.inventory_items
    ADD CONSTRAINT inventory_items_product_id_warehouse_id_key UNIQUE (product_id, warehouse_id);

ALTER TABLE ONLY app.item_days
    ADD CONSTRAINT item_days_pkey PRIMARY KEY (account_type, day, status);

ALTER TABLE ONLY app.item_policies
    ADD CONSTRAINT item_policies_pkey PRIMARY KEY (account_type, sku);

ALTER TABLE ONLY app.item_status_changes
    ADD CONSTRAINT item_status_changes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.low_stock_report
    ADD CONSTRAINT low_stock_report_pkey PRIMARY KEY (account_type, sku);

ALTER TABLE ONLY app.marketplace_fees
    ADD CONSTRAINT marketplace_fees_pkey PRIMARY KEY (account_type, category);

ALTER TABLE ONLY app.metric_totals
    ADD CONSTRAINT metric_totals_pkey PRIMARY KEY (name, labels);

ALTER TABLE ONLY app.observations
    ADD CONSTRAINT observations_pkey PRIMARY KEY (name, subject);

ALTER TABLE ONLY app.past_syncs
    ADD CONSTRAINT past_syncs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.product_costs
    ADD CONSTRAINT product_costs_pkey PRIMARY KEY (sku);

ALTER TABLE ONLY app.product_supplier_sheets
    ADD CONSTRAINT product_supplier_sheets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.product_supplier_sheets
    ADD CONSTRAINT product_supplier_sheets_sku_supplier_name_key UNIQUE (sku, supplier_name);

ALTER TABLE ONLY app.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.products
    ADD CONSTRAINT products_sku_key UNIQUE (sku);

ALTER TABLE ONLY app.purchase_decisions
    ADD CONSTRAINT purchase_decisions_pkey PRIMARY KEY (purchase_order_id, product_id);

ALTER TABLE ONLY app.purchase_order_items
    ADD CONSTRAINT purchase_order_items_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.purchase_order_shares
    ADD CONSTRAINT purchase_order_shares_pkey PRIMARY KEY (purchase_order_id, product_id, account_type);

ALTER TABLE ONLY app.purchase_orders
    ADD CONSTRAINT purchase_orders_draft_key_key UNIQUE (draft_key);

ALTER TABLE ONLY app.purchase_orders
    ADD CONSTRAINT purchase_orders_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.raw_emag_product_bodies
    ADD CONSTRAINT raw_emag_product_bodies_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY app.raw_emag_product_pages
    ADD CONSTRAINT raw_emag_product_pages_pkey PRIMARY KEY (sync_log_id, sequence);

ALTER TABLE ONLY app.reorder_proposals
    ADD CONSTRAINT reorder_proposals_pkey PRIMARY KEY (sku);

ALTER TABLE ONLY app.reorder_shares
    ADD CONSTRAINT reorder_shares_pkey PRIMARY KEY (account_type, sku);

ALTER TABLE ONLY app.replenishment_needs
    ADD CONSTRAINT replenishment_needs_pkey PRIMARY KEY (account_type, sku);

ALTER TABLE ONLY app.sales_elsewhere
    ADD CONSTRAINT sales_elsewhere_pkey PRIMARY KEY (account_type, sku, day, channel);

ALTER TABLE ONLY app.stock_counts
    ADD CONSTRAINT stock_counts_pkey PRIMARY KEY (account_type, sku, day);

ALTER TABLE ONLY app.stock_snapshots
    ADD CONSTRAINT stock_snapshots_pkey PRIMARY KEY (account_type, sku, day);

ALTER TABLE ONLY app.stock_transfers
    ADD CONSTRAINT stock_transfers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.supplier_closures
    ADD CONSTRAINT supplier_closures_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.supplier_closures
    ADD CONSTRAINT supplier_closures_supplier_id_starts_on_ends_on_key UNIQUE NULLS NOT DISTINCT (supplier_id, starts_on, ends_on);

ALTER TABLE ONLY app.supplier_offers
    ADD CONSTRAINT supplier_offers_pkey PRIMARY KEY (sku, supplier_id, shipping);

ALTER TABLE ONLY app.supplier_price_breaks
    ADD CONSTRAINT supplier_price_breaks_pkey PRIMARY KEY (supplier_id, sku, minimum_quantity);

ALTER TABLE ONLY app.supplier_products
    ADD CONSTRAINT supplier_products_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.supplier_receipts
    ADD CONSTRAINT supplier_receipts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.supplier_receipts
    ADD CONSTRAINT supplier_receipts_supplier_id_sku_shipping_ordered_on_recei_key UNIQUE (supplier_id, sku, shipping, ordered_on, received_on, reference);

ALTER TABLE ONLY app.supplier_terms
    ADD CONSTRAINT supplier_terms_pkey PRIMARY KEY (supplier_id, sku, shipping);

ALTER TABLE ONLY app.supplier_unit_prices
    ADD CONSTRAINT supplier_unit_prices_pkey PRIMARY KEY (sku, supplier_id, minimum_quantity);

ALTER TABLE ONLY app.supplier_verification_history
    ADD CONSTRAINT supplier_verification_history_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.suppliers
    ADD CONSTRAINT suppliers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app.transfer_proposals
    ADD CONSTRAINT transfer_proposals_pkey PRIMARY KEY (sku, from_account, to_account);

ALTER TABLE ONLY app.warehouses
    ADD CONSTRAINT warehouses_code_key UNIQUE (code);

ALTER TABLE ONLY app.warehouses
    ADD CONSTRAINT warehouses_pkey PRIMARY KEY (id);

ALTER TABLE ONLY migrations._yoyo_migration
    ADD CONSTRAINT _yoyo_migration_pkey PRIMARY KEY (migration_hash);

ALTER TABLE ONLY migrations.alembic_version
    ADD CONSTRAINT alembic_version_pkey PRIMARY KEY (version_num);

ALTER TABLE ONLY migrations.view_files
    ADD CONSTRAINT view_files_pkey PRIMARY KEY (name);

CREATE INDEX alert_deliveries_attempted ON app.alert_deliveries USING btree (attempted_at);

CREATE INDEX alert_deliveries_channel ON app.alert_deliveries USING btree (channel, id);

CREATE INDEX alert_deliveries_incidents ON app.alert_deliveries USING gin (incident_ids) WHERE (cardinality(incident_ids) > 0);

CREATE INDEX alert_deliveries_sync ON app.alert_deliveries USING btree (sync_id) WHERE (sync_id IS NOT NULL);

CREATE INDEX backups_started ON app.backups USING btree (started_at);

CREATE INDEX build_outcomes_ended ON app.build_outcomes USING btree (ended_at);

CREATE INDEX demand_levels_of_warehouse ON app.demand_levels USING btree (warehouse, sku);

CREATE INDEX emag_offer_history_removed ON app.emag_offer_history USING btree (account_type, emag_offer_id, valid_from) WHERE is_removed;

CREATE INDEX emag_order_lines_product ON app.emag_order_lines USING btree (account_type, product_id);

CREATE INDEX emag_orders_lines_behind ON app.emag_orders USING btree (account_type) WHERE ((modified_at IS NOT NULL) AND (lines_as_of IS DISTINCT FROM modified_at));

CREATE INDEX emag_orders_ordered_at ON app.emag_orders USING btree (account_type, ordered_at);

CREATE INDEX emag_orders_ordered_on ON app.emag_orders USING btree (account_type, ordered_on);

CREATE INDEX emag_orders_updated_at ON app.emag_orders USING btree (updated_at);

CREATE INDEX emag_product_offers_v2_sku ON app.emag_offer_contents USING btree (sku, account_type);

CREATE INDEX emag_products_v2_part_number_key ON app.emag_product_contents USING btree (part_number_key);

CREATE INDEX emag_products_v2_sku ON app.emag_product_contents USING btree (sku, account_type);

CREATE INDEX emag_rejected_offers_sync ON app.emag_rejected_offers USING btree (sync_log_id);

CREATE INDEX emag_rejected_orders_sync ON app.emag_rejected_orders USING btree (sync_log_id);

CREATE INDEX emag_sync_logs_ended ON app.emag_sync_logs USING btree (account_type, sync_type, id) WHERE (status <> 'running'::text);

CREATE INDEX emag_sync_logs_recent ON app.emag_sync_logs USING btree (account_type, started_at DESC);

CREATE INDEX emag_sync_logs_running ON app.emag_sync_logs USING btree (account_type) WHERE (status = 'running'::text);

CREATE INDEX emag_sync_logs_started ON app.emag_sync_logs USING btree (started_at);

CREATE INDEX imports_imported ON app.imports USING btree (imported_at);

CREATE UNIQUE INDEX incidents_open ON app.incidents USING btree (kind, subject) WHERE (closed_at IS NULL);

CREATE INDEX incidents_opened ON app.incidents USING btree (opened_at);

CREATE INDEX input_changes_stale ON app.input_changes USING btree (name, account_type);

CREATE INDEX inventory_items_warehouse ON app.inventory_items USING btree (warehouse_id);

CREATE INDEX item_status_changes_changed ON app.item_status_changes USING btree (changed_at);

CREATE INDEX past_syncs_started ON app.past_syncs USING btree (started_at);

CREATE INDEX product_supplier_sheets_supplier ON app.product_supplier_sheets USING btree (supplier_id);

CREATE INDEX purchase_decisions_sku ON app.purchase_decisions USING btree (sku);

CREATE UNIQUE INDEX purchase_order_items_one_line ON app.purchase_order_items USING btree (purchase_order_id, product_id) WHERE (proposed_quantity IS NOT NULL);

CREATE INDEX purchase_order_items_order ON app.purchase_order_items USING btree (purchase_order_id);

CREATE INDEX purchase_order_items_product ON app.purchase_order_items USING btree (product_id);

CREATE UNIQUE INDEX purchase_orders_one_draft ON app.purchase_orders USING btree (supplier_id, shipping, COALESCE(currency, ''::text)) WHERE ((status = 'draft'::text) AND (draft_key IS NOT NULL));

CREATE INDEX raw_emag_product_pages_body ON app.raw_emag_product_pages USING btree (body_sha256);

CREATE INDEX raw_emag_product_pages_recent ON app.raw_emag_product_pages USING btree (account_type, fetched_at);

CREATE INDEX sales_elsewhere_import ON app.sales_elsewhere USING btree (import_id);

CREATE INDEX stock_counts_import ON app.stock_counts USING btree (import_id);

CREATE INDEX supplier_products_product ON app.supplier_products USING btree (local_product_id);

CREATE INDEX supplier_products_supplier ON app.supplier_products USING btree (supplier_id);

CREATE INDEX supplier_verification_history_sku ON app.supplier_verification_history USING btree (sku, changed_at DESC);

CREATE INDEX suppliers_identity ON app.suppliers USING hash (identity);

CREATE INDEX suppliers_name ON app.suppliers USING hash (name);

CREATE INDEX suppliers_renamed ON app.suppliers USING btree (id) WHERE (former_names <> '{}'::text[]);

CREATE TRIGGER catalogue_read AFTER INSERT OR UPDATE OF status ON app.emag_sync_logs FOR EACH ROW WHEN (((new.sync_type = 'products'::text) AND (new.status <> 'running'::text))) EXECUTE FUNCTION app.note_ended_sync('inventory_items', 'low_stock_report');

CREATE TRIGGER catalogue_read_for_levels AFTER INSERT OR UPDATE OF status ON app.emag_sync_logs FOR EACH ROW WHEN (((new.sync_type = 'products'::text) AND (new.status <> 'running'::text))) EXECUTE FUNCTION app.note_ended_sync('demand_levels', 'reorder_proposals');

CREATE TRIGGER counted BEFORE DELETE ON app.alert_deliveries FOR EACH ROW EXECUTE FUNCTION app.keep_counted();

CREATE TRIGGER counted BEFORE DELETE ON app.emag_sync_logs FOR EACH ROW EXECUTE FUNCTION app.keep_counted();

CREATE TRIGGER demand_changed AFTER INSERT OR DELETE OR UPDATE ON app.campaign_days FOR EACH ROW EXECUTE FUNCTION app.note_all_accounts('demand');

CREATE TRIGGER demand_days_deleted AFTER DELETE ON app.emag_order_lines REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days('demand_days', 'account_type, order_id, line_id, product_id, part_number_key, part_number, ext_part_number, status, quantity, initial_qty, storno_qty', 'ordered_on', 'INNER JOIN app.emag_orders USING (account_type, order_id)');

CREATE TRIGGER demand_days_deleted AFTER DELETE ON app.emag_orders REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days('demand_days', 'account_type, order_id, ordered_on, status', 'ordered_on', '');

CREATE TRIGGER demand_days_deleted AFTER DELETE ON app.emag_product_contents REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION app.note_offers('demand_days');

CREATE TRIGGER demand_days_deleted AFTER DELETE ON app.sales_elsewhere REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days('demand_days', 'account_type, sku, day, channel, quantity', 'day', '');

CREATE TRIGGER demand_days_inserted AFTER INSERT ON app.emag_order_lines REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days('demand_days', 'account_type, order_id, line_id, product_id, part_number_key, part_number, ext_part_number, status, quantity, initial_qty, storno_qty', 'ordered_on', 'INNER JOIN app.emag_orders USING (account_type, order_id)');

CREATE TRIGGER demand_days_inserted AFTER INSERT ON app.emag_orders REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days('demand_days', 'account_type, order_id, ordered_on, status', 'ordered_on', '');

CREATE TRIGGER demand_days_inserted AFTER INSERT ON app.emag_product_contents REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION app.note_offers('demand_days');

CREATE TRIGGER demand_days_inserted AFTER INSERT ON app.sales_elsewhere REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days('demand_days', 'account_type, sku, day, channel, quantity', 'day', '');

CREATE TRIGGER demand_days_truncated AFTER TRUNCATE ON app.emag_order_lines FOR EACH STATEMENT EXECUTE FUNCTION app.note_all_accounts('demand_days');

CREATE TRIGGER demand_days_truncated AFTER TRUNCATE ON app.emag_orders FOR EACH STATEMENT EXECUTE FUNCTION app.note_all_accounts('demand_days');

CREATE TRIGGER demand_days_truncated AFTER TRUNCATE ON app.emag_product_contents FOR EACH STATEMENT EXECUTE FUNCTION app.note_all_accounts('demand_days');

CREATE TRIGGER demand_days_truncated AFTER TRUNCATE ON app.sales_elsewhere FOR EACH STATEMENT EXECUTE FUNCTION app.note_all_accounts('demand_days');

CREATE TRIGGER demand_days_updated AFTER UPDATE ON app.emag_order_lines REFERENCING OLD TABLE AS gone NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days('demand_days', 'account_type, order_id, line_id, product_id, part_number_key, part_number, ext_part_number, status, quantity, initial_qty, storno_qty', 'ordered_on', 'INNER JOIN app.emag_orders USING (account_type, order_id)');

CREATE TRIGGER demand_days_updated AFTER UPDATE ON app.emag_orders REFERENCING OLD TABLE AS gone NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days('demand_days', 'account_type, order_id, ordered_on, status', 'ordered_on', '');

CREATE TRIGGER demand_days_updated AFTER UPDATE ON app.emag_product_contents FOR EACH ROW WHEN (((old.account_type IS DISTINCT FROM new.account_type) OR (old.emag_id IS DISTINCT FROM new.emag_id) OR (old.part_number_key IS DISTINCT FROM new.part_number_key) OR (old.sku IS DISTINCT FROM new.sku))) EXECUTE FUNCTION app.note_offers('demand_days');

CREATE TRIGGER demand_days_updated AFTER UPDATE ON app.sales_elsewhere REFERENCING OLD TABLE AS gone NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION app.note_touched_days('demand_days', 'account_type, sku, day, channel, quantity', 'day', '');

CREATE TRIGGER demand_levels_deleted AFTER DELETE ON app.demand REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_deleted AFTER DELETE ON app.exchange_rates REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_deleted AFTER DELETE ON app.item_policies REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_deleted AFTER DELETE ON app.marketplace_fees REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_deleted AFTER DELETE ON app.supplier_closures REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_deleted AFTER DELETE ON app.supplier_offers REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_inserted AFTER INSERT ON app.demand REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_inserted AFTER INSERT ON app.exchange_rates REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_inserted AFTER INSERT ON app.item_policies REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_inserted AFTER INSERT ON app.marketplace_fees REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_inserted AFTER INSERT ON app.supplier_closures REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_inserted AFTER INSERT ON app.supplier_offers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_truncated AFTER TRUNCATE ON app.demand FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_truncated AFTER TRUNCATE ON app.exchange_rates FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_truncated AFTER TRUNCATE ON app.item_policies FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_truncated AFTER TRUNCATE ON app.marketplace_fees FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_truncated AFTER TRUNCATE ON app.supplier_closures FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_truncated AFTER TRUNCATE ON app.supplier_offers FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_updated AFTER UPDATE ON app.demand REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_updated AFTER UPDATE ON app.exchange_rates REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_updated AFTER UPDATE ON app.item_policies REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_updated AFTER UPDATE ON app.marketplace_fees REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_updated AFTER UPDATE ON app.supplier_closures REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_levels_updated AFTER UPDATE ON app.supplier_offers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('demand_levels');

CREATE TRIGGER demand_truncated AFTER TRUNCATE ON app.campaign_days FOR EACH STATEMENT EXECUTE FUNCTION app.note_all_accounts('demand');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.demand REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.demand_levels REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.exchange_rates REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.inventory_items REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.product_supplier_sheets REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.products REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.purchase_order_items REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.purchase_order_shares REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.purchase_orders REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.reorder_proposals REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.reorder_shares REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.replenishment_needs REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.supplier_offers REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.supplier_products REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.suppliers REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_deleted AFTER DELETE ON app.transfer_proposals REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.demand REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.demand_levels REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.exchange_rates REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.inventory_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.product_supplier_sheets REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.products REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.purchase_order_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.purchase_order_shares REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.purchase_orders REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.reorder_proposals REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.reorder_shares REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.replenishment_needs REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.supplier_offers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.supplier_products REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.suppliers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_inserted AFTER INSERT ON app.transfer_proposals REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.demand FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.demand_levels FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.exchange_rates FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.inventory_items FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.product_supplier_sheets FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.products FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.purchase_order_items FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.purchase_order_shares FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.purchase_orders FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.reorder_proposals FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.reorder_shares FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.replenishment_needs FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.supplier_offers FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.supplier_products FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.suppliers FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_truncated AFTER TRUNCATE ON app.transfer_proposals FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.demand REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.demand_levels REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.exchange_rates REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.inventory_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.product_supplier_sheets REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.products REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.purchase_order_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.purchase_order_shares REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.purchase_orders REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.reorder_proposals REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.reorder_shares REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.replenishment_needs REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.supplier_offers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.supplier_products REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.suppliers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER low_stock_report_updated AFTER UPDATE ON app.transfer_proposals REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('low_stock_report');

CREATE TRIGGER no_end_is_null BEFORE INSERT OR UPDATE OF manual_valid_until ON app.inventory_items FOR EACH ROW WHEN ((new.manual_valid_until = 'infinity'::date)) EXECUTE FUNCTION app.no_end_is_null();

CREATE TRIGGER orders_read AFTER INSERT OR UPDATE OF status ON app.emag_sync_logs FOR EACH ROW WHEN (((new.sync_type = 'orders'::text) AND (new.status <> 'running'::text))) EXECUTE FUNCTION app.note_ended_sync('demand');

CREATE TRIGGER price_written BEFORE UPDATE OF price_cny ON app.product_supplier_sheets FOR EACH ROW WHEN ((NOT (new.updated_at IS DISTINCT FROM old.updated_at))) EXECUTE FUNCTION app.note_price_written();

CREATE TRIGGER reorder_proposals_deleted AFTER DELETE ON app.demand_levels REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_deleted AFTER DELETE ON app.inventory_items REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_deleted AFTER DELETE ON app.item_policies REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_deleted AFTER DELETE ON app.product_costs REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_deleted AFTER DELETE ON app.purchase_decisions REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_deleted AFTER DELETE ON app.purchase_order_items REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_deleted AFTER DELETE ON app.purchase_order_shares REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_deleted AFTER DELETE ON app.purchase_orders REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_deleted AFTER DELETE ON app.stock_transfers REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_deleted AFTER DELETE ON app.supplier_closures REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_deleted AFTER DELETE ON app.supplier_offers REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_deleted AFTER DELETE ON app.supplier_price_breaks REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_inserted AFTER INSERT ON app.demand_levels REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_inserted AFTER INSERT ON app.inventory_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_inserted AFTER INSERT ON app.item_policies REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_inserted AFTER INSERT ON app.product_costs REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_inserted AFTER INSERT ON app.purchase_decisions REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_inserted AFTER INSERT ON app.purchase_order_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_inserted AFTER INSERT ON app.purchase_order_shares REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_inserted AFTER INSERT ON app.purchase_orders REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_inserted AFTER INSERT ON app.stock_transfers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_inserted AFTER INSERT ON app.supplier_closures REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_inserted AFTER INSERT ON app.supplier_offers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_inserted AFTER INSERT ON app.supplier_price_breaks REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_truncated AFTER TRUNCATE ON app.demand_levels FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_truncated AFTER TRUNCATE ON app.inventory_items FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_truncated AFTER TRUNCATE ON app.item_policies FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_truncated AFTER TRUNCATE ON app.product_costs FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_truncated AFTER TRUNCATE ON app.purchase_decisions FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_truncated AFTER TRUNCATE ON app.purchase_order_items FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_truncated AFTER TRUNCATE ON app.purchase_order_shares FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_truncated AFTER TRUNCATE ON app.purchase_orders FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_truncated AFTER TRUNCATE ON app.stock_transfers FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_truncated AFTER TRUNCATE ON app.supplier_closures FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_truncated AFTER TRUNCATE ON app.supplier_offers FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_truncated AFTER TRUNCATE ON app.supplier_price_breaks FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_updated AFTER UPDATE ON app.demand_levels REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_updated AFTER UPDATE ON app.inventory_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_updated AFTER UPDATE ON app.item_policies REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_updated AFTER UPDATE ON app.product_costs REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_updated AFTER UPDATE ON app.purchase_decisions REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_updated AFTER UPDATE ON app.purchase_order_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_updated AFTER UPDATE ON app.purchase_order_shares REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_updated AFTER UPDATE ON app.purchase_orders REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_updated AFTER UPDATE ON app.stock_transfers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_updated AFTER UPDATE ON app.supplier_closures REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_updated AFTER UPDATE ON app.supplier_offers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER reorder_proposals_updated AFTER UPDATE ON app.supplier_price_breaks REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('reorder_proposals');

CREATE TRIGGER sound_completed_at BEFORE INSERT OR UPDATE OF completed_at ON app.emag_sync_logs FOR EACH ROW WHEN (((new.completed_at IS NOT NULL) AND (app.sound_time(new.completed_at) IS NULL))) EXECUTE FUNCTION app.refuse_value('completed_at', 'a time of the years 1900 to 2199, or null');

CREATE TRIGGER sound_confirmed_at BEFORE INSERT OR UPDATE OF confirmed_at ON app.supplier_products FOR EACH ROW WHEN (((new.confirmed_at IS NOT NULL) AND (app.sound_time(new.confirmed_at) IS NULL))) EXECUTE FUNCTION app.refuse_value('confirmed_at', 'a time of the years 1900 to 2199, or null');

CREATE TRIGGER sound_created_at BEFORE INSERT OR UPDATE OF created_at ON app.inventory_items FOR EACH ROW WHEN (((new.created_at IS NOT NULL) AND (app.sound_time(new.created_at) IS NULL))) EXECUTE FUNCTION app.refuse_value('created_at', 'a time of the years 1900 to 2199');

CREATE TRIGGER sound_created_at BEFORE INSERT OR UPDATE OF created_at ON app.products FOR EACH ROW WHEN (((new.created_at IS NOT NULL) AND (app.sound_time(new.created_at) IS NULL))) EXECUTE FUNCTION app.refuse_value('created_at', 'a time of the years 1900 to 2199');

CREATE TRIGGER sound_created_at BEFORE INSERT OR UPDATE OF created_at ON app.purchase_orders FOR EACH ROW WHEN (((new.created_at IS NOT NULL) AND (app.sound_time(new.created_at) IS NULL))) EXECUTE FUNCTION app.refuse_value('created_at', 'a time of the years 1900 to 2199');

CREATE TRIGGER sound_created_at BEFORE INSERT OR UPDATE OF created_at ON app.supplier_products FOR EACH ROW WHEN (((new.created_at IS NOT NULL) AND (app.sound_time(new.created_at) IS NULL))) EXECUTE FUNCTION app.refuse_value('created_at', 'a time of the years 1900 to 2199');

CREATE TRIGGER sound_created_at BEFORE INSERT OR UPDATE OF created_at ON app.suppliers FOR EACH ROW WHEN (((new.created_at IS NOT NULL) AND (app.sound_time(new.created_at) IS NULL))) EXECUTE FUNCTION app.refuse_value('created_at', 'a time of the years 1900 to 2199');

CREATE TRIGGER sound_created_at BEFORE INSERT OR UPDATE OF created_at ON app.warehouses FOR EACH ROW WHEN (((new.created_at IS NOT NULL) AND (app.sound_time(new.created_at) IS NULL))) EXECUTE FUNCTION app.refuse_value('created_at', 'a time of the years 1900 to 2199');

CREATE TRIGGER sound_expected_on BEFORE INSERT OR UPDATE OF expected_on ON app.purchase_order_items FOR EACH ROW WHEN (((new.expected_on IS NOT NULL) AND (app.sound_day(new.expected_on) IS NULL))) EXECUTE FUNCTION app.refuse_value('expected_on', 'a day of the years 1900 to 9999, or null');

CREATE TRIGGER sound_expected_on BEFORE INSERT OR UPDATE OF expected_on ON app.purchase_orders FOR EACH ROW WHEN (((new.expected_on IS NOT NULL) AND (app.sound_day(new.expected_on) IS NULL))) EXECUTE FUNCTION app.refuse_value('expected_on', 'a day of the years 1900 to 9999, or null');

CREATE TRIGGER sound_manual_maximum_stock BEFORE INSERT OR UPDATE OF manual_maximum_stock ON app.inventory_items FOR EACH ROW WHEN (((new.manual_maximum_stock IS NOT NULL) AND (app.sound_pieces(new.manual_maximum_stock) IS NULL))) EXECUTE FUNCTION app.refuse_value('manual_maximum_stock', 'a whole number from 0 to 1000000000, or null for the default');

CREATE TRIGGER sound_manual_minimum_stock BEFORE INSERT OR UPDATE OF manual_minimum_stock ON app.inventory_items FOR EACH ROW WHEN (((new.manual_minimum_stock IS NOT NULL) AND (app.sound_pieces(new.manual_minimum_stock) IS NULL))) EXECUTE FUNCTION app.refuse_value('manual_minimum_stock', 'a whole number from 0 to 1000000000, or null for the default');

CREATE TRIGGER sound_manual_reorder_point BEFORE INSERT OR UPDATE OF manual_reorder_point ON app.inventory_items FOR EACH ROW WHEN (((new.manual_reorder_point IS NOT NULL) AND (app.sound_pieces(new.manual_reorder_point) IS NULL))) EXECUTE FUNCTION app.refuse_value('manual_reorder_point', 'a whole number from 0 to 1000000000, or null for the default');

CREATE TRIGGER sound_manual_reorder_quantity BEFORE INSERT OR UPDATE OF manual_reorder_quantity ON app.inventory_items FOR EACH ROW WHEN (((new.manual_reorder_quantity IS NOT NULL) AND (app.sound_pieces(new.manual_reorder_quantity) IS NULL))) EXECUTE FUNCTION app.refuse_value('manual_reorder_quantity', 'a whole number from 0 to 1000000000, 0 for never, or null for what is computed');

CREATE TRIGGER sound_manual_reserved BEFORE INSERT OR UPDATE OF manual_reserved ON app.inventory_items FOR EACH ROW WHEN (((new.manual_reserved IS NOT NULL) AND (app.sound_pieces(new.manual_reserved) IS NULL))) EXECUTE FUNCTION app.refuse_value('manual_reserved', 'a whole number from 0 to 1000000000');

CREATE TRIGGER sound_manual_valid_until BEFORE INSERT OR UPDATE OF manual_valid_until ON app.inventory_items FOR EACH ROW WHEN (((new.manual_valid_until IS NOT NULL) AND (app.sound_day(new.manual_valid_until) IS NULL))) EXECUTE FUNCTION app.refuse_value('manual_valid_until', 'a day of the years 1900 to 9999, or null for no end');

CREATE TRIGGER sound_ordered_at BEFORE INSERT OR UPDATE OF ordered_at ON app.purchase_orders FOR EACH ROW WHEN (((new.ordered_at IS NOT NULL) AND (app.sound_time(new.ordered_at) IS NULL))) EXECUTE FUNCTION app.refuse_value('ordered_at', 'a time of the years 1900 to 2199, or null');

CREATE TRIGGER sound_price_cny BEFORE INSERT OR UPDATE OF price_cny ON app.product_supplier_sheets FOR EACH ROW WHEN (((new.price_cny IS NOT NULL) AND (app.sound_price(new.price_cny) IS NULL))) EXECUTE FUNCTION app.refuse_value('price_cny', 'a number above 0, or null when the price is not known');

CREATE TRIGGER sound_quantity BEFORE INSERT OR UPDATE OF quantity ON app.inventory_items FOR EACH ROW WHEN (((new.quantity IS NOT NULL) AND (app.sound_stock(new.quantity) IS NULL))) EXECUTE FUNCTION app.refuse_value('quantity', 'a whole number from 0 to 1000000000000000');

CREATE TRIGGER sound_quantity BEFORE INSERT OR UPDATE OF quantity ON app.purchase_order_items FOR EACH ROW WHEN (((new.quantity IS NOT NULL) AND (app.sound_order(new.quantity) IS NULL))) EXECUTE FUNCTION app.refuse_value('quantity', 'a whole number from 1 to 1000000000');

CREATE TRIGGER sound_rate_date BEFORE INSERT OR UPDATE OF rate_date ON app.exchange_rates FOR EACH ROW WHEN (((new.rate_date IS NOT NULL) AND (app.sound_day(new.rate_date) IS NULL))) EXECUTE FUNCTION app.refuse_value('rate_date', 'a day of the years 1900 to 9999');

CREATE TRIGGER sound_received_quantity BEFORE INSERT OR UPDATE OF received_quantity ON app.purchase_order_items FOR EACH ROW WHEN (((new.received_quantity IS NOT NULL) AND (app.sound_pieces(new.received_quantity) IS NULL))) EXECUTE FUNCTION app.refuse_value('received_quantity', 'a whole number from 0 to 1000000000, or null when nothing was received');

CREATE TRIGGER sound_reserved_quantity BEFORE INSERT OR UPDATE OF reserved_quantity ON app.inventory_items FOR EACH ROW WHEN (((new.reserved_quantity IS NOT NULL) AND (app.sound_stock(new.reserved_quantity) IS NULL))) EXECUTE FUNCTION app.refuse_value('reserved_quantity', 'a whole number from 0 to 1000000000000000');

CREATE TRIGGER sound_ron BEFORE INSERT OR UPDATE OF ron ON app.exchange_rates FOR EACH ROW WHEN (((new.ron IS NOT NULL) AND (app.sound_price(new.ron) IS NULL))) EXECUTE FUNCTION app.refuse_value('ron', 'a number above 0');

CREATE TRIGGER sound_started_at BEFORE INSERT OR UPDATE OF started_at ON app.emag_sync_logs FOR EACH ROW WHEN (((new.started_at IS NOT NULL) AND (app.sound_time(new.started_at) IS NULL))) EXECUTE FUNCTION app.refuse_value('started_at', 'a time of the years 1900 to 2199');

CREATE TRIGGER sound_unit_price BEFORE INSERT OR UPDATE OF unit_price ON app.purchase_order_items FOR EACH ROW WHEN (((new.unit_price IS NOT NULL) AND (app.sound_cost(new.unit_price) IS NULL))) EXECUTE FUNCTION app.refuse_value('unit_price', 'a number from 0 up, or null when the price is not known');

CREATE TRIGGER sound_units BEFORE INSERT OR UPDATE OF units ON app.exchange_rates FOR EACH ROW WHEN (((new.units IS NOT NULL) AND (app.sound_units(new.units) IS NULL))) EXECUTE FUNCTION app.refuse_value('units', 'a whole number from 1 to 1000000');

CREATE TRIGGER sound_updated_at BEFORE INSERT OR UPDATE OF updated_at ON app.inventory_items FOR EACH ROW WHEN (((new.updated_at IS NOT NULL) AND (app.sound_time(new.updated_at) IS NULL))) EXECUTE FUNCTION app.refuse_value('updated_at', 'a time of the years 1900 to 2199');

CREATE TRIGGER sound_updated_at BEFORE INSERT OR UPDATE OF updated_at ON app.product_supplier_sheets FOR EACH ROW WHEN (((new.updated_at IS NOT NULL) AND (app.sound_time(new.updated_at) IS NULL))) EXECUTE FUNCTION app.refuse_value('updated_at', 'a time of the years 1900 to 2199');

CREATE TRIGGER status_begun AFTER INSERT ON app.low_stock_report FOR EACH ROW WHEN ((app.listed_status(new.status, new.is_kept) = ANY (ARRAY['out_of_stock'::text, 'critical'::text]))) EXECUTE FUNCTION app.note_status_change();

CREATE TRIGGER status_changed AFTER UPDATE OF status, is_kept ON app.low_stock_report FOR EACH ROW WHEN ((app.listed_status(old.status, old.is_kept) IS DISTINCT FROM app.listed_status(new.status, new.is_kept))) EXECUTE FUNCTION app.note_status_change();

CREATE TRIGGER status_ended AFTER DELETE ON app.low_stock_report FOR EACH ROW WHEN ((app.listed_status(old.status, old.is_kept) = ANY (ARRAY['out_of_stock'::text, 'critical'::text]))) EXECUTE FUNCTION app.note_status_change();

CREATE TRIGGER supplier_changed BEFORE UPDATE OF name, is_active, is_preferred ON app.suppliers FOR EACH ROW EXECUTE FUNCTION app.note_supplier_change();

CREATE TRIGGER supplier_entered AFTER INSERT OR UPDATE OF name ON app.suppliers FOR EACH ROW WHEN ((NOT new.is_from_list)) EXECUTE FUNCTION app.claim_supplier_name();

CREATE TRIGGER supplier_offers_deleted AFTER DELETE ON app.demand REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_deleted AFTER DELETE ON app.exchange_rates REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_deleted AFTER DELETE ON app.product_costs REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_deleted AFTER DELETE ON app.product_supplier_sheets REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_deleted AFTER DELETE ON app.supplier_closures REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_deleted AFTER DELETE ON app.supplier_price_breaks REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_deleted AFTER DELETE ON app.supplier_products REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_deleted AFTER DELETE ON app.supplier_receipts REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_deleted AFTER DELETE ON app.supplier_terms REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_deleted AFTER DELETE ON app.suppliers REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_inserted AFTER INSERT ON app.demand REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_inserted AFTER INSERT ON app.exchange_rates REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_inserted AFTER INSERT ON app.product_costs REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_inserted AFTER INSERT ON app.product_supplier_sheets REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_inserted AFTER INSERT ON app.supplier_closures REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_inserted AFTER INSERT ON app.supplier_price_breaks REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_inserted AFTER INSERT ON app.supplier_products REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_inserted AFTER INSERT ON app.supplier_receipts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_inserted AFTER INSERT ON app.supplier_terms REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_inserted AFTER INSERT ON app.suppliers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_truncated AFTER TRUNCATE ON app.demand FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_truncated AFTER TRUNCATE ON app.exchange_rates FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_truncated AFTER TRUNCATE ON app.product_costs FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_truncated AFTER TRUNCATE ON app.product_supplier_sheets FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_truncated AFTER TRUNCATE ON app.supplier_closures FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_truncated AFTER TRUNCATE ON app.supplier_price_breaks FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_truncated AFTER TRUNCATE ON app.supplier_products FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_truncated AFTER TRUNCATE ON app.supplier_receipts FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_truncated AFTER TRUNCATE ON app.supplier_terms FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_truncated AFTER TRUNCATE ON app.suppliers FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_updated AFTER UPDATE ON app.demand REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_updated AFTER UPDATE ON app.exchange_rates REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_updated AFTER UPDATE ON app.product_costs REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_updated AFTER UPDATE ON app.product_supplier_sheets REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_updated AFTER UPDATE ON app.supplier_closures REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_updated AFTER UPDATE ON app.supplier_price_breaks REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_updated AFTER UPDATE ON app.supplier_products REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_updated AFTER UPDATE ON app.supplier_receipts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_updated AFTER UPDATE ON app.supplier_terms REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_offers_updated AFTER UPDATE ON app.suppliers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_offers');

CREATE TRIGGER supplier_resolved BEFORE INSERT OR UPDATE OF supplier_name, supplier_id ON app.product_supplier_sheets FOR EACH ROW EXECUTE FUNCTION app.resolve_supplier();

ALTER TABLE app.product_supplier_sheets ENABLE ALWAYS TRIGGER supplier_resolved;

CREATE TRIGGER supplier_verification_deleted AFTER DELETE ON app.product_supplier_sheets REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_deleted AFTER DELETE ON app.products REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_deleted AFTER DELETE ON app.supplier_products REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_deleted AFTER DELETE ON app.suppliers REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_inserted AFTER INSERT ON app.product_supplier_sheets REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_inserted AFTER INSERT ON app.products REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_inserted AFTER INSERT ON app.supplier_products REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_inserted AFTER INSERT ON app.suppliers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_truncated AFTER TRUNCATE ON app.product_supplier_sheets FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_truncated AFTER TRUNCATE ON app.products FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_truncated AFTER TRUNCATE ON app.supplier_products FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_truncated AFTER TRUNCATE ON app.suppliers FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_updated AFTER UPDATE ON app.product_supplier_sheets REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_updated AFTER UPDATE ON app.products REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_updated AFTER UPDATE ON app.supplier_products REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER supplier_verification_updated AFTER UPDATE ON app.suppliers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.note_input_change('supplier_verification');

CREATE TRIGGER unsettled AFTER UPDATE ON app.emag_product_contents FOR EACH ROW WHEN (((new.removed_at IS NOT NULL) OR (new.stock_above IS NOT NULL) OR (new.sync_status <> 'synced'::text))) EXECUTE FUNCTION app.forget_raw_hash();

CREATE TRIGGER written INSTEAD OF INSERT OR DELETE OR UPDATE ON app.emag_product_offers_v2 FOR EACH ROW EXECUTE FUNCTION app.write_contents('emag_offer_contents', 'emag_offer_id');

CREATE TRIGGER written INSTEAD OF INSERT OR DELETE OR UPDATE ON app.emag_products_v2 FOR EACH ROW EXECUTE FUNCTION app.write_contents('emag_product_contents', 'emag_id');

ALTER TABLE ONLY app.emag_offer_history
    ADD CONSTRAINT emag_offer_history_account_type_emag_offer_id_fkey FOREIGN KEY (account_type, emag_offer_id) REFERENCES app.emag_product_contents(account_type, emag_id) ON DELETE CASCADE DEFERRABLE;

ALTER TABLE ONLY app.emag_offer_market_history
    ADD CONSTRAINT emag_offer_market_history_account_type_emag_offer_id_fkey FOREIGN KEY (account_type, emag_offer_id) REFERENCES app.emag_product_contents(account_type, emag_id) ON DELETE CASCADE DEFERRABLE;

ALTER TABLE ONLY app.emag_offers_seen
    ADD CONSTRAINT emag_offers_seen_account_type_emag_id_fkey FOREIGN KEY (account_type, emag_id) REFERENCES app.emag_product_contents(account_type, emag_id) ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE;

ALTER TABLE ONLY app.emag_order_lines
    ADD CONSTRAINT emag_order_lines_account_type_order_id_fkey FOREIGN KEY (account_type, order_id) REFERENCES app.emag_orders(account_type, order_id) ON DELETE CASCADE DEFERRABLE;

ALTER TABLE ONLY app.emag_offer_contents
    ADD CONSTRAINT emag_product_offers_v2_account_type_emag_offer_id_fkey FOREIGN KEY (account_type, emag_offer_id) REFERENCES app.emag_product_contents(account_type, emag_id) ON DELETE CASCADE DEFERRABLE;

ALTER TABLE ONLY app.emag_rejected_offers
    ADD CONSTRAINT emag_rejected_offers_sync_log_id_fkey FOREIGN KEY (sync_log_id) REFERENCES app.emag_sync_logs(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.emag_rejected_orders
    ADD CONSTRAINT emag_rejected_orders_sync_log_id_fkey FOREIGN KEY (sync_log_id) REFERENCES app.emag_sync_logs(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.emag_sync_progress
    ADD CONSTRAINT emag_sync_progress_sync_log_id_fkey FOREIGN KEY (sync_log_id) REFERENCES app.emag_sync_logs(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.inventory_items
    ADD CONSTRAINT inventory_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES app.products(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.inventory_items
    ADD CONSTRAINT inventory_items_warehouse_id_fkey FOREIGN KEY (warehouse_id) REFERENCES app.warehouses(id);

ALTER TABLE ONLY app.item_policies
    ADD CONSTRAINT item_policies_import_id_fkey FOREIGN KEY (import_id) REFERENCES app.imports(id);

ALTER TABLE ONLY app.marketplace_fees
    ADD CONSTRAINT marketplace_fees_import_id_fkey FOREIGN KEY (import_id) REFERENCES app.imports(id);

ALTER TABLE ONLY app.product_costs
    ADD CONSTRAINT product_costs_import_id_fkey FOREIGN KEY (import_id) REFERENCES app.imports(id);

ALTER TABLE ONLY app.product_supplier_sheets
    ADD CONSTRAINT product_supplier_sheets_supplier_id_fkey FOREIGN KEY (supplier_id) REFERENCES app.suppliers(id) ON DELETE SET NULL;

ALTER TABLE ONLY app.purchase_decisions
    ADD CONSTRAINT purchase_decisions_product_id_fkey FOREIGN KEY (product_id) REFERENCES app.products(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.purchase_decisions
    ADD CONSTRAINT purchase_decisions_purchase_order_id_fkey FOREIGN KEY (purchase_order_id) REFERENCES app.purchase_orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.purchase_order_items
    ADD CONSTRAINT purchase_order_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES app.products(id);

ALTER TABLE ONLY app.purchase_order_items
    ADD CONSTRAINT purchase_order_items_purchase_order_id_fkey FOREIGN KEY (purchase_order_id) REFERENCES app.purchase_orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.purchase_order_items
    ADD CONSTRAINT purchase_order_items_warehouse_id_fkey FOREIGN KEY (warehouse_id) REFERENCES app.warehouses(id);

ALTER TABLE ONLY app.purchase_order_shares
    ADD CONSTRAINT purchase_order_shares_product_id_fkey FOREIGN KEY (product_id) REFERENCES app.products(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.purchase_order_shares
    ADD CONSTRAINT purchase_order_shares_purchase_order_id_fkey FOREIGN KEY (purchase_order_id) REFERENCES app.purchase_orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.purchase_orders
    ADD CONSTRAINT purchase_orders_supplier_id_fkey FOREIGN KEY (supplier_id) REFERENCES app.suppliers(id);

ALTER TABLE ONLY app.raw_emag_product_pages
    ADD CONSTRAINT raw_emag_product_pages_body_sha256_fkey FOREIGN KEY (body_sha256) REFERENCES app.raw_emag_product_bodies(sha256);

ALTER TABLE ONLY app.raw_emag_product_pages
    ADD CONSTRAINT raw_emag_product_pages_sync_log_id_fkey FOREIGN KEY (sync_log_id) REFERENCES app.emag_sync_logs(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.sales_elsewhere
    ADD CONSTRAINT sales_elsewhere_import_id_fkey FOREIGN KEY (import_id) REFERENCES app.imports(id);

ALTER TABLE ONLY app.stock_counts
    ADD CONSTRAINT stock_counts_import_id_fkey FOREIGN KEY (import_id) REFERENCES app.imports(id);

ALTER TABLE ONLY app.supplier_closures
    ADD CONSTRAINT supplier_closures_import_id_fkey FOREIGN KEY (import_id) REFERENCES app.imports(id);

ALTER TABLE ONLY app.supplier_closures
    ADD CONSTRAINT supplier_closures_supplier_id_fkey FOREIGN KEY (supplier_id) REFERENCES app.suppliers(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.supplier_price_breaks
    ADD CONSTRAINT supplier_price_breaks_import_id_fkey FOREIGN KEY (import_id) REFERENCES app.imports(id);

ALTER TABLE ONLY app.supplier_price_breaks
    ADD CONSTRAINT supplier_price_breaks_supplier_id_fkey FOREIGN KEY (supplier_id) REFERENCES app.suppliers(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.supplier_products
    ADD CONSTRAINT supplier_products_local_product_id_fkey FOREIGN KEY (local_product_id) REFERENCES app.products(id);

ALTER TABLE ONLY app.supplier_products
    ADD CONSTRAINT supplier_products_supplier_id_fkey FOREIGN KEY (supplier_id) REFERENCES app.suppliers(id);

ALTER TABLE ONLY app.supplier_receipts
    ADD CONSTRAINT supplier_receipts_import_id_fkey FOREIGN KEY (import_id) REFERENCES app.imports(id);

ALTER TABLE ONLY app.supplier_receipts
    ADD CONSTRAINT supplier_receipts_supplier_id_fkey FOREIGN KEY (supplier_id) REFERENCES app.suppliers(id) ON DELETE CASCADE;

ALTER TABLE ONLY app.supplier_terms
    ADD CONSTRAINT supplier_terms_import_id_fkey FOREIGN KEY (import_id) REFERENCES app.imports(id);

ALTER TABLE ONLY app.supplier_terms
    ADD CONSTRAINT supplier_terms_supplier_id_fkey FOREIGN KEY (supplier_id) REFERENCES app.suppliers(id) ON DELETE CASCADE;

GRANT USAGE ON SCHEMA migrations TO PUBLIC;

REVOKE ALL ON FUNCTION app.claim_supplier_name() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.forget_raw_hash() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.keep_counted() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.note_all_accounts() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.note_ended_sync() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.note_input_change() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.note_offers() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.note_status_change() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.note_touched_days() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.resolve_supplier() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.write_contents() FROM PUBLIC;

GRANT SELECT ON TABLE migrations._yoyo_migration TO PUBLIC;

GRANT SELECT ON TABLE migrations.alembic_version TO PUBLIC;

GRANT SELECT ON TABLE migrations.view_files TO PUBLIC;
