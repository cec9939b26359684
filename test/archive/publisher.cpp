#include "pryv_export/archive/publisher.hpp"

#include "pryv_export/runtime/program.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace {

using namespace pryv_export;
namespace fs = std::filesystem;

struct fixture
{
    testing::temporary_folder folder;
    archive::output_folder output{folder.path() / "out", archive::output_folder::existing::refuse};
    runtime::program program{{.jobs = 1, .blocking_threads = 2, .memory_bytes = 1U << 20}};
    archive::publisher publisher{output, program.blocking(), program.loop()};

    fixture() { output.begin(); }

    fs::path staged(const std::string& name)
    {
        fs::path const made = output.partial() / name;
        fs::create_directory(made);
        return made;
    }
    fs::path place(const std::string& name) { return output.root() / "users" / name; }

    runtime::task<void> add(std::size_t first, std::size_t count)
    {
        for (std::size_t i = first; i < first + count; ++i) {
            std::string const name = "u" + std::to_string(i);
            publisher.put({staged(name), place(name), 1});
            co_await publisher.wait_for_room();
        }
    }
    std::ptrdiff_t published()
    {
        fs::directory_iterator const users{output.root() / "users"};
        return std::distance(begin(users), end(users));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(publisher, fixture)

BOOST_AUTO_TEST_CASE(all_that_is_handed_over_appears)
{
    auto const root = [](fixture& f) -> runtime::task<void> {
        auto const adding = [](fixture& g) -> runtime::task<void> {
            co_await g.add(0, 5000);
            g.publisher.close();
        };
        std::vector<runtime::task<void>> tasks;
        tasks.push_back(f.publisher.run());
        tasks.push_back(adding(f));
        co_await runtime::run_all(std::move(tasks));
    };
    program.run(root(*this));
    BOOST_TEST(published() == 5000);
}

/// Its user is in the report already.
BOOST_AUTO_TEST_CASE(a_folder_whose_call_is_cancelled_while_it_waits_appears_as_well)
{
    // It begins when the other waits: the queue is full, and nobody empties it.
    auto const failing = [](fixture& f) -> runtime::task<void> {
        co_await runtime::throw_if_cancelled();
        f.publisher.close();
        throw std::runtime_error{"another user cannot be written"};
    };
    auto const adding = [failing](fixture& f) -> runtime::task<void> {
        std::vector<runtime::task<void>> tasks;
        tasks.push_back(f.add(0, 5000));
        tasks.push_back(failing(f));
        co_await runtime::run_all(std::move(tasks));
    };
    BOOST_CHECK_THROW(program.run(adding(*this)), std::exception);
    auto const left = fs::directory_iterator{output.partial()};
    auto const handed_over = std::distance(begin(left), end(left));
    BOOST_TEST(handed_over > 4000);
    publisher.close();
    program.run(publisher.run());
    BOOST_TEST(published() == handed_over);
}

BOOST_AUTO_TEST_SUITE_END()
