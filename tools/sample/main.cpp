// make-sample: writes a deterministic Pryv.io v1 deployment for tests and benchmarks.

#include "generate.hpp"
#include "self_test.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <thread>

namespace {

const std::map<std::string, sample::distribution> distributions{{"pareto", sample::distribution::pareto},
                                                                {"even", sample::distribution::even}};
const std::map<std::string, sample::record_order> orders{{"id", sample::record_order::id},
                                                         {"natural", sample::record_order::natural}};
const std::map<std::string, sample::v1_version> versions{{"1.9.3", sample::v1_version::v1_9_3},
                                                         {"1.8.1", sample::v1_version::v1_8_1}};

void add_sizes(CLI::App& app, sample::options& opt)
{
    const std::string group = "How much";
    app.add_option("--users", opt.users, "users")->group(group)->capture_default_str();
    app.add_option("--events", opt.events, "events of all users together (default: 1000 per user)")
        ->group(group);
    app.add_option("--distribution", opt.spread, "events per user: pareto (heavy tail) or even")
        ->transform(CLI::CheckedTransformer(distributions))
        ->group(group);
    app.add_option("--one-big-user", opt.one_big_user, "share of all events that the first user holds")
        ->check(CLI::Range(0.0, 1.0))
        ->group(group);
    app.add_option("--event-bytes", opt.event_bytes, "mean size of an event in BSON (natural: about 480)")
        ->group(group);
    app.add_option("--attachments-per-user", opt.attachments_per_user, "mean")
        ->group(group)
        ->capture_default_str();
    app.add_option("--attachment-bytes", opt.attachment_bytes, "mean")->group(group)->capture_default_str();
    app.add_option("--large-attachments", opt.large_attachments,
                   "how many of all attachments are large, shared out evenly among the users")
        ->group(group)
        ->capture_default_str();
    app.add_option("--large-attachment-bytes", opt.large_attachment_bytes, "size of each of these")
        ->group(group)
        ->capture_default_str();
    app.add_option("--audit-per-user", opt.audit_per_user, "mean")->group(group)->capture_default_str();
    app.add_option("--streams-per-user", opt.streams_per_user, "mean")->group(group)->capture_default_str();
    app.add_option("--accesses-per-user", opt.accesses_per_user, "mean")->group(group)->capture_default_str();
    app.add_option("--history", opt.history, "share of events with earlier versions")
        ->check(CLI::Range(0.0, 1.0))
        ->group(group)
        ->capture_default_str();
    app.add_option("--deletions", opt.deletions, "share of deleted events")
        ->check(CLI::Range(0.0, 1.0))
        ->group(group)
        ->capture_default_str();
    app.add_option("--trashed", opt.trashed, "share of trashed events")
        ->check(CLI::Range(0.0, 1.0))
        ->group(group)
        ->capture_default_str();
}

struct negations
{
    bool metadata = false;
    bool wal = false;
    bool files = false;
    bool self_test = false;
};

void add_shape(CLI::App& app, sample::options& opt, negations& no)
{
    const std::string group = "What kind";
    app.add_option("--seed", opt.seed, "same seed and options, same deployment")
        ->group(group)
        ->capture_default_str();
    app.add_option("--v1-version", opt.version, "1.9.3 or 1.8.1")
        ->transform(CLI::CheckedTransformer(versions))
        ->group(group);
    app.add_option("--order", opt.order, "of the dumped events: id (as mongodump) or natural")
        ->transform(CLI::CheckedTransformer(orders))
        ->group(group);
    app.add_flag("--mongo-index", opt.mongo_index,
                 "user index, account and platform in MongoDB instead of SQLite")
        ->group(group);
    app.add_flag("--gzip", opt.gzip, "write *.bson.gz")->group(group);
    app.add_flag("--dirty", opt.dirty, "add every odd record the specifications name, on users of its own")
        ->group(group);
    app.add_flag("--ferretdb", opt.ferretdb, "no names with dots, no arrays in arrays: FerretDB refuses them")
        ->group(group);
    app.add_flag("--no-metadata", no.metadata, "no *.metadata.json")->group(group);
    app.add_flag("--no-wal", no.wal, "all SQLite rows checkpointed, no logs left")->group(group);
    app.add_flag("--no-files", no.files, "the dump and the configuration only")->group(group);
}

int run(int argc, char** argv)
{
    CLI::App app("Writes a deterministic Pryv.io v1 deployment for tests and benchmarks.", "make-sample");
    sample::options opt;
    negations no;
    app.add_option("OUT_DIR", opt.out, "folder to write: dump/, configs/, var-pryv/, expected.json");
    add_sizes(app, opt);
    add_shape(app, opt, no);
    app.add_option("--jobs", opt.jobs, "threads (default: all cores); does not change the output");
    app.add_flag("--force", opt.force,
                 "write into a folder that is not empty, removing what was generated there");
    app.add_flag("--self-test", no.self_test, "check the hashing against known examples and exit");
    CLI11_PARSE(app, argc, argv);
    if (no.self_test) return sample::self_test() == 0 ? 0 : 1;
    if (opt.out.empty()) {
        std::fputs("make-sample: OUT_DIR is missing; see --help\n", stderr);
        return 2;
    }
    opt.metadata = !no.metadata;
    opt.wal = !no.wal;
    opt.files = !no.files;
    if (opt.jobs == 0) opt.jobs = std::max(1U, std::thread::hardware_concurrency());
    sample::generate(opt);
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "make-sample: %s\n", e.what());
        return 1;
    }
}
