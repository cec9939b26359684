#include "faults.hpp"

namespace verify_test {

std::vector<row> record_faults()
{
    return {
        // Lines.
        {"blank", rule::line_blank,
         [](archive_builder& b) {
             b.raw(user + "profile", gzip("\n{\"id\":\"private\",\"data\":{}}\n \r\n"));
         },
         style::ours, severity::warning},
        {"unended", rule::line_unended,
         [](archive_builder& b) { b.raw(user + "profile", gzip("{\"id\":\"private\",\"data\":{}}")); },
         style::ours, severity::warning},
        {"byte order mark", rule::line_untrimmed,
         replaced("profile", 0, "\xef\xbb\xbf{\"id\":\"private\",\"data\":{}}"), style::ours,
         severity::warning},
        {"cut line", rule::json_invalid, appended("streams", R"({"id":"x")")},
        {"single quotes", rule::json_invalid, appended("streams", "{'id':'x'}")},
        {"NaN", rule::json_invalid, appended("streams", R"({"id":"x","created":NaN})")},
        {"leading zero", rule::json_invalid, appended("streams", R"({"id":"x","created":01})")},
        {"two values", rule::json_invalid, appended("streams", R"({"id":"x"}{"id":"y"})")},
        {"tab in a text", rule::json_invalid, appended("streams", "{\"id\":\"x\ty\"}")},
        {"deep", rule::json_too_deep,
         appended("profile", "{\"id\":\"deep\",\"data\":" + std::string(100'000, '[') +
                                 std::string(100'000, ']') + "}")},
        {"latin 1", rule::utf8_invalid,
         replaced("profile", 0, "{\"id\":\"private\",\"data\":{\"x\":\"caf\xe9\"}}")},
        {"surrogate in UTF-8", rule::utf8_invalid,
         replaced("profile", 0, "{\"id\":\"private\",\"data\":{\"x\":\"\xed\xa0\x80\"}}")},
        {"escaped NUL", rule::nul, replaced("profile", 0, R"({"id":"private","data":{"x":"a\u0000b"}})")},
        {"raw NUL", rule::nul, replaced("profile", 0, std::string("{\"id\":\"private\",\0\"data\":{}}", 27))},
        {"half pair", rule::lone_surrogate,
         replaced("profile", 0, R"({"id":"private","data":{"x":"\ud83d"}})")},
        {"wrong half first", rule::lone_surrogate,
         replaced("profile", 0, R"({"id":"private","data":{"x":"\ude00\ud83d"}})")},
        {"key twice in a line", rule::duplicate_key,
         replaced("profile", 0, R"({"id":"private","data":{"x":1,"y":2,"x":1}})")},
        {"escaped key twice", rule::duplicate_key,
         replaced("profile", 0, R"({"id":"private","data":{"x":1,"\u0078":1}})")},
        {"1e999", rule::number_range, replaced("profile", 0, R"({"id":"private","data":{"x":1e999}})")},
        {"2^53 + 1", rule::wide_integer,
         replaced("profile", 0, R"({"id":"private","data":{"x":9007199254740993}})"), style::ours,
         severity::warning},
        // Records.
        {"a list", rule::not_an_object, replaced("profile", 0, R"(["private"])")},
        {"streamId of old", rule::unknown_key,
         replaced("profile", 0, R"({"id":"private","data":{},"userId":"x"})")},
        {"key of an account", rule::unknown_key,
         replaced("account", 0, R"({"passwords":[{"time":1,"hash":"$2b$10$abc"}],"sessions":[]})")},
        {"date as text", rule::wrong_type,
         replaced("streams", 0, R"({"id":"diary","name":"Diary","created":"2020-01-01"})")},
        {"trashed as number", rule::wrong_type,
         replaced("streams", 0, R"({"id":"diary","name":"Diary","trashed":1})")},
        {"runCount with a fraction", rule::wrong_type,
         replaced("webhooks", 0, R"({"id":"w1","accessId":"a","url":"u","runCount":1.5})")},
        {"no id", rule::id_missing, replaced("profile", 0, R"({"data":{}})")},
        {"numeric id", rule::id_missing, replaced("profile", 0, R"({"id":5,"data":{}})"), style::ours,
         severity::error, false},
        {"event twice", rule::id_repeated, appended("events/events-0001", event("e1"))},
        {"event in two chunks", rule::id_repeated,
         [](archive_builder& b) { b.user_lines("events/events-0002") = {event("e1")}; }},
        {"stream twice", rule::id_repeated, appended("streams", R"({"id":"sub","name":"Other"})")},
        {"audit row twice", rule::id_repeated, appended("audit/audit-0001", audit_row("q1"))},
        {"long name", rule::text_too_long,
         appended("streams", "{\"id\":\"x\",\"name\":\"" + long_text(2701) + "\"}")},
        {"long stream id", rule::text_too_long,
         replaced("webhooks", 0, "{\"id\":\"w\",\"accessId\":\"a\",\"url\":\"" + long_text(3000) + "\"}")},
        {"child first", rule::stream_order,
         [](archive_builder& b) {
             auto& s = b.user_lines("streams");
             std::swap(s[0], s[1]);
         }},
        {"no parent", rule::stream_orphan, appended("streams", R"({"id":"x","name":"X","parentId":"gone"})")},
        {"path too long", rule::stream_path,
         [](archive_builder& b) {
             b.user_lines("streams").push_back("{\"id\":\"" + long_text(2000) + "\",\"name\":\"l\"}");
             b.user_lines("streams").push_back("{\"id\":\"" + long_text(1000) +
                                               "\",\"name\":\"m\",\"parentId\":\"" + long_text(2000) + "\"}");
         }},
        {"path twice", rule::stream_path,
         [](archive_builder& b) {
             b.user_lines("streams") = {R"({"id":"diary","name":"a","path":"p/"})",
                                        R"({"id":"b","name":"b","path":"p/"})"};
         }},
        {"sibling", rule::stream_name_repeated,
         appended("streams", R"({"id":"x","name":"Sub","parentId":"diary"})")},
        {"token", rule::access_token_repeated,
         appended("accesses", R"({"id":"a2","token":"t1","name":"other","type":"app"})")},
        {"name", rule::access_name_repeated,
         appended("accesses", R"({"id":"a2","token":"t2","name":"app","type":"app"})")},
        {"access hash", rule::access_integrity,
         appended("accesses",
                  R"({"id":"a2","token":"t2","name":"b","type":"app","integrity":"ACCESS:0:sha256-xxxx"})"),
         style::ours, severity::warning},
        {"webhook", rule::webhook_repeated,
         appended("webhooks", R"({"id":"w2","accessId":"a","url":"https://x.example/"})")},
        {"no hash", rule::integrity_missing,
         appended("events/events-0001", R"({"id":"e5","streamIds":["diary"],"time":1,"type":"note/txt"})")},
        {"no hash, deleted", rule::integrity_missing,
         appended("events/events-0001", R"({"id":"e5","deleted":1})")},
        {"other content", rule::integrity_mismatch,
         [](archive_builder& b) {
             std::string& e = b.user_lines("events/events-0001")[0];
             e.replace(e.find("\"hi\""), 4, "\"ho\"");
         }},
        {"other head", rule::integrity_mismatch,
         [](archive_builder& b) {
             std::string& e = b.user_lines("events/events-0000-0001")[0];
             e.replace(e.find("\"headId\":\"e1\""), 13, "\"headId\":\"e2\"");
         }},
        {"unknown algorithm", rule::integrity_mismatch,
         [](archive_builder& b) {
             std::string& e = b.user_lines("events/events-0001")[0];
             e.replace(e.find("sha256-"), 6, "sha999");
         }},
        {"sha1", rule::integrity_algorithm,
         appended("events/events-0001", // printf '{"id":"e5","time":1}' | sha1sum
                  R"({"id":"e5","time":1,"integrity":"EVENT:0:sha1-JgoXrEesqDMYlDybVaSjD7itipk="})"),
         style::ours, severity::warning},
        {"history behind", rule::history_after_head, appended("events/events-0001", history("h9", "e1")),
         style::ours, severity::warning},
        {"account value", rule::account_event,
         [](archive_builder& b) {
             b.user_lines("events/events-0001")
                 .push_back(
                     R"({"id":"e7","headId":"e1","streamIds":[":_system:email",":_system:active"],"time":1,"type":"email/string"})");
         },
         style::node_tool, severity::warning},
        {"item without id", rule::attachment_item,
         [](archive_builder& b) {
             b.user_lines("events/events-0000-0001")
                 .push_back(R"({"id":"h5","headId":"e1","attachments":[{"fileName":"x"}]})");
         }},
        {"file missing", rule::attachment_missing,
         appended("events/events-0001", event("e3", attachment("f3", "x")))},
        {"size", rule::attachment_differs,
         [](archive_builder& b) { b.file(user + "attachments/f1") = "hello!"; }},
        {"hash", rule::attachment_differs,
         [](archive_builder& b) { b.file(user + "attachments/f1") = "jello"; }},
        {"unlisted", rule::attachment_unlisted,
         [](archive_builder& b) { b.file(user + "attachments/f7") = "x"; }},
        {"captured", rule::attachment_captured,
         [](archive_builder& b) {
             b.user_lines("events/events-0001").push_back(history("h7", "e2", attachment("f1", "hello")));
         },
         style::node_tool},
        {"shared", rule::attachment_shared,
         appended("events/events-0001", event("e4", attachment("f1", "hello")))},
        {"audit row of the Node tool", rule::audit_shape,
         appended(
             "audit/audit-0001",
             R"({"eventid":"q9","headId":null,"streamIds":"access-a ..","time":1,"deleted":null,"endTime":1,"type":"x","content":{"a":1},"description":null,"clientData":null,"integrity":null,"attachments":null,"trashed":0,"created":1,"createdBy":"s","modified":1,"modifiedBy":"s"})"),
         style::node_tool},
        {"audit row without id", rule::audit_shape,
         appended("audit/audit-0001",
                  [] {
                      std::string r = audit_row("q5");
                      r.replace(r.find("\"q5\""), 4, "null");
                      return r;
                  }())},
        {"camelCase only", rule::audit_postgresql,
         appended(
             "audit/audit-0001",
             R"({"eventid":"q9","headId":null,"streamIds":"access-a ..","time":1,"deleted":null,"endTime":1,"type":"x","content":"{}","description":null,"clientData":null,"integrity":null,"attachments":null,"trashed":0,"created":1,"createdBy":"s","modified":1,"modifiedBy":"s"})"),
         style::node_tool, severity::warning},
        {"snake_case only", rule::audit_sqlite,
         appended(
             "audit/audit-0001",
             R"({"eventid":"q9","head_id":null,"stream_ids":"access-a ..","time":1,"end_time":1,"type":"x","content":{"a":1},"trashed":false,"created":1,"created_by":"s"})"),
         style::v2_backup, severity::warning},
        {"time as text", rule::series_shape,
         [](archive_builder& b) {
             b.user_lines("series/series") = {
                 R"({"measurement":"event.e1","points":[{"time":"2020-01-01T00:00:00Z","value":1}]})"};
         }},
        {"two account lines", rule::account_lines,
         appended("account", R"({"passwords":[{"time":2,"hash":"$2b$10$abc"}]})")},
        {"no account line", rule::account_lines, [](archive_builder& b) { b.user_lines("account").clear(); }},
        {"password without time", rule::account_shape,
         replaced("account", 0, R"({"passwords":[{"hash":"$2b$10$abc"}]})")},
        {"password in clear", rule::account_shape,
         replaced("account", 0, R"({"passwords":[{"time":1,"hash":"secret"}]})")},
        {"field with prefix", rule::account_shape,
         replaced(
             "account", 0,
             R"({"passwords":[{"time":1,"hash":"$2b$10$abc"}],"accountFields":[{"field":":_system:email","value":"x","time":1}]})")},
        {"field without time", rule::account_shape,
         replaced(
             "account", 0,
             R"({"passwords":[{"time":1,"hash":"$2b$10$abc"}],"accountFields":[{"field":"email","value":"x"}]})")},
        {"field twice", rule::account_repeated,
         replaced(
             "account", 0,
             R"({"passwords":[{"time":1,"hash":"$2b$10$abc"}],"accountFields":[{"field":"email","value":"x","time":1},{"field":"email","value":"y","time":1}]})")},
        {"no password", rule::password_missing, replaced("account", 0, R"({"passwords":[]})"), style::ours,
         severity::warning},
        {"JSON in a text", rule::key_value_text,
         replaced(
             "account", 0,
             R"({"passwords":[{"time":1,"hash":"$2b$10$abc"}],"storeKeyValues":[{"storeId":"local","key":"k","value":"{\"a\":1}"}]})"),
         style::node_tool, severity::warning},
        {"no value", rule::platform_shape,
         [](archive_builder& b) {
             b.lines("platform/platform")
                 .push_back(R"({"isUnique":true,"field":"email","username":"alice"})");
         }},
        {"neither form", rule::platform_shape,
         [](archive_builder& b) { b.lines("platform/platform").push_back(R"({"field":"email"})"); }},
        {"slash", rule::platform_slash,
         [](archive_builder& b) {
             b.lines("platform/platform")
                 .push_back(R"({"key":"user-unique/insurance/AB/12","value":"alice"})");
         },
         style::node_tool},
        {"two owners", rule::platform_conflict,
         [](archive_builder& b) {
             b.lines("platform/platform")
                 .push_back(R"({"isUnique":true,"field":"email","username":"bobby","value":"a@b.c"})");
         }},
        {"two owners, two forms", rule::platform_conflict,
         [](archive_builder& b) {
             b.lines("platform/platform").push_back(R"({"key":"user-unique/email/a@b.c","value":"bobby"})");
         },
         style::node_tool},
        {"unknown key", rule::platform_unknown,
         [](archive_builder& b) {
             b.lines("platform/platform").push_back(R"({"key":"core-info/co1","value":"{}"})");
         },
         style::node_tool, severity::warning},
        {"server without name", rule::register_shape,
         [](archive_builder& b) { b.lines("register/servers") = {R"({"server":"co1.x.com"})"}; }},
        {"user twice", rule::register_shape,
         [](archive_builder& b) {
             b.lines("register/servers") = {R"({"username":"alice","server":"a"})",
                                            R"({"username":"alice","server":"b"})"};
         }},
        {"no rule", rule::extra_shape,
         [](archive_builder& b) {
             b.user_lines("extra/events") = {R"({"kind":"events","id":"x","record":{}})"};
         }},
    };
}

} // namespace verify_test
