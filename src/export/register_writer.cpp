#include "register_writer.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace pryv_export::exporting {

namespace {

using source::register_kind;
using source::register_outcome;

constexpr std::size_t block_bytes = 1U << 20;
constexpr std::size_t most_fixtures = 100;

register_file file_of(register_kind kind)
{
    switch (kind) {
    case register_kind::user:
    case register_kind::legacy_user: return register_file::users;
    case register_kind::server: return register_file::servers;
    case register_kind::email: return register_file::emails;
    case register_kind::invitation: return register_file::invitations;
    case register_kind::unique: return register_file::unique;
    case register_kind::inactive: return register_file::inactive;
    case register_kind::reserved: return register_file::reserved;
    default: return register_file::other;
    }
}

bool is_evidence(const register_row& row)
{
    return row.outcome == register_outcome::wrong_type || row.outcome == register_outcome::unknown ||
           (row.findings & bit_of(register_finding::broken_infos)) != 0;
}

} // namespace

register_writer::register_writer(const std::filesystem::path& folder, archive::encoding how,
                                 const std::atomic<bool>& stopping, register_report& report)
    : folder_{folder}, how_{how}, stopping_{stopping}, report_{report}
{
    for (std::size_t i = 0; i < register_file_count; ++i) {
        archive::file_series::naming naming{.stem = std::string{name_of(static_cast<register_file>(i))},
                                            .suffix = std::string{how.suffix()},
                                            .chunk_bytes = 0};
        open_.push_back({archive::file_series{folder, std::move(naming)}, {}, 0});
    }
}

void register_writer::write(archive::sorted_spool& rows, archive::sorted_spool& others)
{
    others_ = &others;
    rows.read([this](std::string_view key, std::string_view packed) { take(key, packed); });
    settle();
    rows.clear();
    others.read([this](std::string_view, std::string_view line) { append(register_file::other, line, 1); });
    finish();
}

/// SCAN may name a key twice: what was found goes before "vanished", what came later before what came
/// earlier.
void register_writer::take(std::string_view sort_key, std::string_view packed)
{
    if (!held_.empty() && held_key_ == sort_key) {
        bool const had = unpack_row(held_).outcome == register_outcome::found;
        if (!had || unpack_row(packed).outcome == register_outcome::found) held_ = packed;
        return;
    }
    settle();
    held_key_ = sort_key;
    held_ = packed;
}

void register_writer::settle()
{
    if (held_.empty()) return;
    register_row const row = unpack_row(held_);
    count(row);
    if (is_evidence(row)) {
        others_->put(row.key, row.text);
        if (others_->full()) others_->spill();
    } else if (row.outcome == register_outcome::found) {
        settle_found(row);
    }
    held_.clear();
}

void register_writer::settle_found(const register_row& row)
{
    bool const superseded = row.kind == register_kind::legacy_user && row.owner == last_user_;
    if (row.kind == register_kind::user) last_user_ = row.owner;
    if (is_of_fixture(row, superseded)) return;
    if (superseded) {
        ++report_.legacy_superseded;
        return;
    }
    append(file_of(row.kind), row.text, row.lines);
}

/// A legacy row that has a newer one says nothing: v1 does not read it.
bool register_writer::is_of_fixture(const register_row& row, bool superseded)
{
    if (row.fixture && !superseded && fixture_names_.size() < most_fixtures)
        fixture_names_.emplace(row.owner);
    if (row.owner.empty() || !fixture_names_.contains(row.owner)) return false;
    ++report_.fixture;
    report_.note(register_finding::fixture, row.key);
    return true;
}

void register_writer::count(const register_row& row)
{
    register_report::counts& counts = report_.of(row.kind);
    switch (row.outcome) {
    case register_outcome::found: ++counts.found; break;
    case register_outcome::excluded: ++counts.excluded; break;
    case register_outcome::vanished: ++counts.vanished; break;
    case register_outcome::wrong_type: ++counts.wrong_type; break;
    case register_outcome::too_large: ++counts.too_large; break;
    case register_outcome::unknown: ++counts.unknown; break;
    }
    for (std::size_t i = 0; i < register_finding_count; ++i) {
        auto const finding = static_cast<register_finding>(i);
        if ((row.findings & bit_of(finding)) != 0) report_.note(finding, row.key);
    }
}

void register_writer::append(register_file file, std::string_view lines, std::uint64_t count)
{
    row_file& to = open_[static_cast<std::size_t>(file)];
    to.held += lines;
    to.held_lines += count;
    report_.rows[static_cast<std::size_t>(file)] += count;
    if (to.held.size() >= block_bytes) flush(to);
}

void register_writer::flush(row_file& file)
{
    if (stopping_) throw boost::system::system_error{boost::asio::error::operation_aborted};
    if (file.held.empty()) return;
    file.series.append(archive::compress(file.held, file.held_lines, how_));
    file.series.flush();
    file.held.clear();
    file.held_lines = 0;
}

/// Files of the Node tool are there even when they are empty; ours only with rows.
void register_writer::finish()
{
    for (std::size_t i = 0; i < register_file_count; ++i) {
        row_file& file = open_[i];
        bool const always = i <= static_cast<std::size_t>(register_file::invitations);
        flush(file);
        if (file.series.lines() == 0 && !always) continue;
        archive::member const nothing = archive::compress({}, 0, how_);
        file.series.finish(file.series.lines() == 0 ? nothing.bytes.view() : std::string_view{});
        files_.insert(files_.end(), file.series.files().begin(), file.series.files().end());
    }
}

} // namespace pryv_export::exporting
