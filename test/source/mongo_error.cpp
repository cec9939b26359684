#include "../../src/source/mongo_error.hpp"

#include "../../src/source/mongo_retry.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstring>
#include <string>
#include <string_view>

using namespace pryv_export;
using namespace pryv_export::source;

BOOST_TEST_DONT_PRINT_LOG_VALUE(pryv_export::exit_status)

namespace {

bson_error_t raw(std::uint32_t domain, std::uint32_t code, const char* text)
{
    bson_error_t error{};
    bson_set_error(&error, domain, code, "%s", text);
    return error;
}

mongo_failure server_error(std::uint32_t code, const char* text = "told by the server")
{
    return mongo_failure{raw(MONGOC_ERROR_SERVER, code, text)};
}

bool mentions(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(mongo_error)

namespace {

/// A failure, what it means and a part of the advice for it.
struct expected
{
    std::uint32_t domain;
    std::uint32_t code;
    const char* text;
    bool transient;
    exit_status status;
    const char* advice;
};

void check(const expected& want)
{
    BOOST_TEST_CONTEXT(want.domain << "/" << want.code << " " << want.text)
    {
        mongo_failure const failure{raw(want.domain, want.code, want.text)};
        BOOST_TEST(failure.is_transient() == want.transient);
        auto const error = failure.explained("MongoDB h:1");
        BOOST_TEST(error.status() == want.status);
        BOOST_TEST(error.thing() == "MongoDB h:1");
        BOOST_TEST(mentions(error.what(), want.text));
        BOOST_TEST(mentions(error.what(), want.advice), error.what());
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(a_server_that_cannot_be_reached_may_come_back)
{
    constexpr auto selection = MONGOC_ERROR_SERVER_SELECTION;
    constexpr auto stream = MONGOC_ERROR_STREAM;
    for (auto const& each : {
             expected{selection, MONGOC_ERROR_SERVER_SELECTION_FAILURE,
                      "No suitable servers found: [connection refused calling hello on 'h:1']", true,
                      exit_status::unreachable, "start MongoDB"},
             expected{stream, MONGOC_ERROR_STREAM_NAME_RESOLUTION, "Failed to resolve 'nowhere'", true,
                      exit_status::unreachable, "check the host's name"},
             expected{stream, MONGOC_ERROR_STREAM_NAME_RESOLUTION, "DNS error", true,
                      exit_status::unreachable, "check the host's name"},
             expected{stream, MONGOC_ERROR_STREAM_SOCKET, "TLS handshake failed: certificate verify failed",
                      true, exit_status::unreachable, "--tls-ca"},
             expected{selection, MONGOC_ERROR_SERVER_SELECTION_FAILURE, "[SSL error calling hello]", true,
                      exit_status::unreachable, "--tls-ca"},
             expected{stream, MONGOC_ERROR_STREAM_SOCKET, "socket error or timeout", true,
                      exit_status::unreachable, "check the network"},
             expected{stream, MONGOC_ERROR_STREAM_CONNECT, "connection timed out", true,
                      exit_status::unreachable, "check the network"},
             expected{stream, MONGOC_ERROR_STREAM_SOCKET, "Failed to read 4 bytes", true,
                      exit_status::unreachable, "check that the server is running"},
             expected{MONGOC_ERROR_PROTOCOL, MONGOC_ERROR_PROTOCOL_INVALID_REPLY, "Invalid reply", true,
                      exit_status::unreachable, "check that the server is running"},
         })
        check(each);
}

BOOST_AUTO_TEST_CASE(no_answer_has_no_code)
{
    BOOST_TEST(mongo_failure{raw(MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, "x")}.code() == 0);
    BOOST_TEST(mongo_failure{std::string{"no reply"}}.code() == 0);
    BOOST_TEST(server_error(2).code() == 2);
}

BOOST_AUTO_TEST_CASE(login_and_rights_are_never_tried_again)
{
    for (auto const& each : {
             expected{MONGOC_ERROR_SERVER, 18, "Authentication failed.", false, exit_status::denied,
                      "check the user, the password and the authSource"},
             expected{MONGOC_ERROR_SERVER, 18, "worded otherwise", false, exit_status::denied, "authSource"},
             expected{MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE, "no mechanism", false,
                      exit_status::denied, "authSource"},
             // How libmongoc wraps a refused login.
             expected{MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_SERVER_SELECTION_FAILURE,
                      "Authentication failed", false, exit_status::denied, "authSource"},
             expected{MONGOC_ERROR_SERVER, 13, "not authorized", false, exit_status::denied, "role 'read'"},
             expected{MONGOC_ERROR_QUERY, 13, "not authorized", false, exit_status::denied, "role 'read'"},
         })
        check(each);
    BOOST_TEST(mongo_failure{raw(MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE, "bad auth")}.code() ==
               18);
    BOOST_TEST(server_error(13).code() == 13);
}

BOOST_AUTO_TEST_CASE(a_server_that_shuts_down_while_one_logs_in_may_come_back)
{
    mongo_failure const failure{
        raw(MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE, "interrupted at shutdown")};
    BOOST_TEST(failure.is_transient());
    BOOST_TEST(!failure.is_refused_login());
}

BOOST_AUTO_TEST_CASE(what_a_server_says_may_pass)
{
    // Cursors and operations that died, step-downs, restarts, network between servers, time limits.
    for (std::uint32_t const code :
         {6U,   7U,   43U,  50U,  63U,   89U,    91U,    133U,   134U,   150U,   175U,
          189U, 234U, 237U, 262U, 9001U, 10107U, 11600U, 11602U, 13388U, 13435U, 13436U}) {
        check({MONGOC_ERROR_SERVER, code, "said", true, exit_status::unreachable, "server's log"});
        check({MONGOC_ERROR_QUERY, code, "said", true, exit_status::unreachable, "server's log"});
    }
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_is_gone_may_pass)
{
    for (std::uint32_t const code : {239U, 246U}) BOOST_TEST(server_error(code).is_transient());
}

BOOST_AUTO_TEST_CASE(what_a_server_says_may_last)
{
    for (std::uint32_t const code : {1U, 2U, 9U, 26U, 59U, 8000U, 15952U, 424242U}) {
        check({MONGOC_ERROR_SERVER, code, "said", false, exit_status::io_error, "server's log"});
        BOOST_TEST(server_error(code).code() == static_cast<int>(code));
    }
    check(
        {MONGOC_ERROR_COMMAND, MONGOC_ERROR_COMMAND_INVALID_ARG, "wrong", false, exit_status::io_error, ""});
    check({MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_SESSION_FAILURE, "wrong", false, exit_status::io_error,
           ""});
}

BOOST_AUTO_TEST_CASE(a_code_counts_only_when_a_server_said_it)
{
    mongo_failure const stream{raw(MONGOC_ERROR_STREAM, 13, "said by nobody")};
    BOOST_TEST(stream.is_transient());
    BOOST_TEST(stream.code() == 0);
    BOOST_TEST(stream.explained("t").status() == exit_status::unreachable);
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_none_may_pass)
{
    mongo_failure const failure{std::string{"the server's reply is empty"}};
    BOOST_TEST(failure.is_transient());
    auto const error = failure.explained("t");
    BOOST_TEST(error.status() == exit_status::unreachable);
    BOOST_TEST(error.what() ==
               std::string{"t: the server's reply is empty; check that this is a MongoDB server and what its "
                           "log says"});
}

BOOST_AUTO_TEST_CASE(a_servers_words_cannot_write_to_the_terminal)
{
    auto const error = server_error(2, "a\x1b[2Jb\nc").explained("t");
    std::string_view const text = error.what();
    BOOST_TEST(text.find_first_of("\x1b\n") == text.npos, text);
}

BOOST_AUTO_TEST_CASE(a_wrong_uri_is_not_repeated)
{
    for (const char* const uri :
         {"mongodb://u:s3cr&t@/x@h:1/", "mongodb://u:s3cr&t%zz@h/", "http://u:s3cr&t@h/", "s3cr&t",
          "mongodb://u:s3cr&t@h:99999/", "mongodb://u:s3cr&t@h/?tls=maybe&replicaSet="}) {
        mongo_options options;
        options.uri = uri;
        BOOST_TEST_CONTEXT(uri)
        {
            std::string text;
            try {
                mongo_client_pool const pool{options};
                text = pool.name();
            } catch (const export_error& error) {
                BOOST_TEST(error.status() == exit_status::bad_config);
                text = error.what();
            }
            BOOST_TEST(!mentions(text, "s3cr&t"), text);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_pool_is_named_by_its_hosts)
{
    auto const name_of_pool = [](std::string uri, std::string shown) {
        mongo_options options;
        options.uri = std::move(uri);
        options.shown_as = std::move(shown);
        options.user = "somebody";
        options.password = "s3cr&t:/%";
        return mongo_client_pool{options}.name();
    };
    BOOST_TEST(name_of_pool("mongodb://u:s3cr%26t@h1:1,h2:2/?replicaSet=rs", "") == "MongoDB h1:1,h2:2");
    BOOST_TEST(name_of_pool("mongodb://u:s3cr%26t@h1:1/", "the database") == "the database");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(mongo_retry)

namespace {

using retry = pryv_export::source::mongo_retry;

mongo_options quick()
{
    mongo_options options;
    options.first_pause = std::chrono::milliseconds{0};
    options.give_up_after = std::chrono::hours{1};
    return options;
}

/// What `run` ends with when `attempt` is given the number of each try, from 1.
template <class Attempt>
export_error end_of(const mongo_options& options, Attempt attempt, int& tries)
{
    tries = 0;
    try {
        retry{options}.run("thing", [&] { attempt(++tries); });
    } catch (const export_error& error) {
        return error;
    }
    return {exit_status::complete, "thing", "done"};
}

} // namespace

BOOST_AUTO_TEST_CASE(goes_on_until_it_works)
{
    for (int const pause : {0, 1}) {
        auto options = quick();
        options.first_pause = std::chrono::milliseconds{pause};
        int const wanted = pause == 0 ? 50 : 3;
        int tries = 0;
        auto const end = end_of(
            options,
            [&](int number) {
                if (number < wanted) throw server_error(11600);
            },
            tries);
        BOOST_TEST(end.status() == exit_status::complete);
        BOOST_TEST(tries == wanted);
    }
}

BOOST_AUTO_TEST_CASE(works_at_once)
{
    int tries = 0;
    BOOST_TEST(end_of(
                   quick(), [](int) {}, tries)
                   .status() == exit_status::complete);
    BOOST_TEST(tries == 1);
}

BOOST_AUTO_TEST_CASE(a_failure_that_lasts_ends_it)
{
    for (int const pause : {0, 1}) {
        auto options = quick();
        options.first_pause = std::chrono::milliseconds{pause};
        options.give_up_after = std::chrono::milliseconds{0};
        int tries = 0;
        auto const end = end_of(
            options, [](int) { throw server_error(10107, "not primary"); }, tries);
        BOOST_TEST(end.status() == exit_status::unreachable);
        BOOST_TEST(tries == 1);
        BOOST_TEST(mentions(end.what(), "thing: not primary (tried 1 times)"), end.what());
        BOOST_TEST(mentions(end.what(), "--give-up-after"), end.what());
    }
}

BOOST_AUTO_TEST_CASE(it_is_tried_again_before_it_is_given_up)
{
    auto options = quick();
    options.give_up_after = std::chrono::milliseconds{2};
    int tries = 0;
    auto const end = end_of(
        options, [](int) { throw mongo_failure{std::string{"away"}}; }, tries);
    BOOST_TEST(end.status() == exit_status::unreachable);
    BOOST_TEST(tries > 1);
    BOOST_TEST(mentions(end.what(), "(tried " + std::to_string(tries) + " times)"), end.what());
}

BOOST_AUTO_TEST_CASE(what_waiting_does_not_mend_is_told_at_once)
{
    int tries = 0;
    auto const denied = end_of(
        quick(), [](int) { throw server_error(13, "not authorized"); }, tries);
    BOOST_TEST(denied.status() == exit_status::denied);
    BOOST_TEST(tries == 1);
    BOOST_TEST(mentions(denied.what(), "thing: not authorized; "), denied.what());
    auto const later = end_of(
        quick(), [](int number) { throw server_error(number == 4 ? 2 : 189); }, tries);
    BOOST_TEST(later.status() == exit_status::io_error);
    BOOST_TEST(tries == 4);
}

BOOST_AUTO_TEST_CASE(a_login_that_is_refused_later_ends_all)
{
    retry const ours{quick()};
    ours.run("thing", [] {});
    auto const is_end = [](const export_error& error) { return error.status() == exit_status::unreachable; };
    BOOST_CHECK_EXCEPTION(ours.run("thing", [] { throw server_error(18, "Authentication failed."); }),
                          export_error, is_end);
    BOOST_CHECK_EXCEPTION(ours.run("another", [] {}), export_error, is_end);
}

BOOST_AUTO_TEST_CASE(other_failures_pass_through)
{
    int tries = 0;
    auto const own = end_of(
        quick(),
        [](int) {
            throw export_error{exit_status::bad_config, "mine", "stays"};
        },
        tries);
    BOOST_TEST(own.what() == std::string{"mine: stays"});
    BOOST_TEST(tries == 1);
    BOOST_CHECK_THROW(retry{quick()}.run("thing", [] { throw std::logic_error{"no"}; }), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_stop_is_noticed)
{
    std::atomic<bool> stop{true};
    auto options = quick();
    options.stop = &stop;
    int tries = 0;
    auto const before = end_of(
        options, [](int) {}, tries);
    BOOST_TEST(before.status() == exit_status::interrupted);
    BOOST_TEST(before.thing() == "thing");
    BOOST_TEST(tries == 0);

    stop = false;
    // Longer than any test: the stop is seen before the pause begins.
    options.first_pause = std::chrono::hours{1};
    auto const between = end_of(
        options,
        [&](int) {
            stop = true;
            throw server_error(91);
        },
        tries);
    BOOST_TEST(between.status() == exit_status::interrupted);
    BOOST_TEST(tries == 1);

    retry const stopped{options};
    BOOST_CHECK_THROW(stopped.throw_if_stopped("thing"), export_error);
    stop = false;
    stopped.throw_if_stopped("thing");
    retry{quick()}.throw_if_stopped("thing");
}

BOOST_AUTO_TEST_SUITE_END()
