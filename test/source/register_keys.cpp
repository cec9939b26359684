#include "pryv_export/source/register_keys.hpp"

#include <boost/test/unit_test.hpp>

namespace pryv_export::source {

BOOST_AUTO_TEST_SUITE(register_keys)

BOOST_AUTO_TEST_CASE(keys_are_told_apart_by_their_form)
{
    struct row
    {
        const char* key;
        register_kind kind;
        const char* name;
        const char* field;
    };
    const row rows[] = {
        {"ada:users", register_kind::user, "ada", "users"},
        {"ada:infos", register_kind::legacy_user, "ada", "infos"},
        {"ada:server", register_kind::server, "ada", "server"},
        {"a@b.c:email", register_kind::email, "a@b.c", "email"},
        {"a:b:c@d:email", register_kind::email, "a:b:c@d", "email"},
        {"abcde:invitation", register_kind::invitation, "abcde", "invitation"},
        {"756.1:insurance", register_kind::unique, "756.1", "insurance"},
        {"7:5:insurance", register_kind::unique, "7:5", "insurance"},
        {"ada:inactive:email", register_kind::inactive, "ada", "email"},
        {"ada:inactive:users", register_kind::inactive, "ada", "users"},
        {"3wXy:access", register_kind::access, "3wXy", "access"},
        {"email-reservations:a@b.c", register_kind::reservation, "email-reservations:a@b.c", ""},
        {"email-reservations:a:users", register_kind::reservation, "email-reservations:a:users", ""},
        {"my-reservations:phone", register_kind::reservation, "my-reservations:phone", ""},
        {"reservedwords:list", register_kind::reserved, "reservedwords:list", ""},
        {"reservedwords:version", register_kind::version, "reservedwords:version", ""},
        {"dbversion", register_kind::version, "dbversion", ""},
        {"stray", register_kind::other, "stray", ""},
        {":users", register_kind::other, ":users", ""},
        {"x:", register_kind::other, "x:", ""},
        {"", register_kind::other, "", ""},
    };
    for (const row& each : rows) {
        BOOST_TEST_CONTEXT(each.key)
        {
            register_key const parts = classify(each.key);
            BOOST_TEST((parts.kind == each.kind));
            BOOST_TEST(parts.name == each.name);
            BOOST_TEST(parts.field == each.field);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_reservation_is_what_its_ending_says)
{
    register_key const user = classify("my-reservations:users", false);
    BOOST_TEST((user.kind == register_kind::user));
    BOOST_TEST(user.name == "my-reservations");
    register_key const unique = classify("my-reservations:phone", false);
    BOOST_TEST((unique.kind == register_kind::unique));
    BOOST_TEST(unique.name == "my-reservations");
    BOOST_TEST(unique.field == "phone");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::source
