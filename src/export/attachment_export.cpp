#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/runtime/stage.hpp"

#include "user_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace pryv_export::exporting {

namespace {

/// Files that one trip to the pool copies, unless they are large.
constexpr std::size_t group_files = 32;
constexpr std::uint64_t group_bytes = 8U << 20;
/// Groups of one user that are copied at the same time.
constexpr std::size_t groups_in_flight = 4;

} // namespace

/// One file on its way.
struct user_export::attachment_plan
{
    const source::attachment_file* file = nullptr;
    std::string name;                                   ///< in the archive
    const event_ledger::attachment* expected = nullptr; ///< none: an orphan
    std::optional<source::copied_file> copied;
    std::string failure;
};

void user_export::list_attachments()
{
    if (has_source_folder())
        listing_ = source::list_attachments(source::place{source_folder_, "attachments"});
    if (!core_.old_attachments || !is_safe_name(user_.id)) return;
    auto old = source::list_attachments(*core_.old_attachments / user_.id);
    if (listing_.files.empty()) {
        listing_ = std::move(old);
        listing_in_old_folder_ = true;
    } else {
        for (const auto& file : old.files) {
            listing_.strangers.push_back(fmt::format("{}/{} in the attachments folder of versions before 1.9",
                                                     file.event_id, file.file_id));
        }
    }
}

std::vector<user_export::attachment_plan> user_export::plan_attachments()
{
    std::map<std::pair<std::string_view, std::string_view>,
             std::pair<std::string_view, const event_ledger::attachment*>>
        known;
    for (const auto& [name, entry] : ledger_.attachments()) {
        known.emplace(std::pair{std::string_view{entry.event_id}, std::string_view{entry.file_id}},
                      std::pair{std::string_view{name}, &entry});
    }
    std::vector<attachment_plan> plans;
    plans.reserve(listing_.files.size());
    for (const auto& file : listing_.files) {
        attachment_plan plan;
        plan.file = &file;
        if (auto const found = known.find({file.event_id, file.file_id}); found != known.end()) {
            plan.name = "attachments/" + std::string{found->second.first};
            plan.expected = found->second.second;
            known.erase(found);
        } else {
            plan.name = fmt::format("extra/attachments/{}/{}", file.event_id, file.file_id);
        }
        plans.push_back(std::move(plan));
    }
    // What is left has no file. History may name a file that was removed on purpose.
    for (const auto& [key, entry] : known) {
        if (entry.second->in_head) {
            report_.notes.add(convert::rule::attachment_missing, entry.second->event_id,
                              entry.second->file_id);
        }
    }
    for (const auto& stranger : listing_.strangers) {
        report_.notes.add(convert::rule::attachment_stranger, user_.id, stranger);
    }
    return plans;
}

bool user_export::has_few_attachments() const
{
    std::uint64_t bytes = 0;
    for (const auto& file : listing_.files) bytes += file.bytes;
    return listing_.files.size() <= group_files && bytes <= group_bytes;
}

void user_export::copy_few_attachments()
{
    std::vector<attachment_plan> plans = plan_attachments();
    copy_plans(plans);
    for (const auto& plan : plans) book_attachment(plan);
}

void user_export::copy_plans(std::span<attachment_plan> plans)
{
    runtime::span const busy{runtime::stage::copy, user_.id};
    std::uint64_t bytes = 0;
    for (attachment_plan& plan : plans) {
        copy_attachment(plan);
        bytes += plan.file->bytes;
    }
    core_.progress.files_done += plans.size();
    core_.progress.file_bytes_done += bytes;
}

runtime::task<void> user_export::export_attachments()
{
    std::vector<attachment_plan> plans = plan_attachments();
    if (plans.empty()) co_return;
    std::size_t next = 0;
    std::vector<runtime::task<void>> copies;
    for (std::size_t i = 0; i < std::min(groups_in_flight, plans.size() / group_files + 1); ++i) {
        copies.push_back(copy_group(plans, next));
    }
    co_await runtime::run_all(std::move(copies));
    for (const auto& plan : plans) book_attachment(plan);
}

/// Takes group after group until none is left; several of these share `next`.
runtime::task<void> user_export::copy_group(std::vector<attachment_plan>& plans, std::size_t& next)
{
    while (next < plans.size()) {
        co_await runtime::throw_if_cancelled();
        std::size_t const begin = next;
        std::uint64_t bytes = 0;
        while (next < plans.size() && next - begin < group_files && bytes < group_bytes)
            bytes += plans[next++].file->bytes;
        std::span<attachment_plan> const group{plans.data() + begin, next - begin};
        auto copy = [this, group] { copy_plans(group); };
        co_await runtime::run_on(core_.program.blocking(), std::move(copy));
    }
}

std::filesystem::path user_export::attachments_folder() const
{
    return listing_in_old_folder_ ? *core_.old_attachments / user_.id
                                  : std::filesystem::path{source_folder_.path} / "attachments";
}

void user_export::copy_attachment(attachment_plan& plan)
{
    auto const from = attachments_folder() / plan.file->event_id / plan.file->file_id;
    auto const to = staging_->path() / plan.name;
    auto const stop = [this] { return core_.program.stopping().load(std::memory_order_relaxed); };
    if (!is_kept()) {
        if (auto line = source::why_unreadable(from))
            plan.failure = std::move(*line);
        else
            plan.copied.emplace().bytes = plan.file->bytes;
        return;
    }
    std::filesystem::path folder = staging_->path();
    for (const auto& part : std::filesystem::path{plan.name}.parent_path())
        create_private_folder(folder /= part);
    try {
        plan.copied = source::copy_attachment(from, to, stop);
    } catch (const export_error& error) {
        // A file that cannot be read is one lost record; a disk that cannot be written to is the end.
        if (error.thing().starts_with(core_.output.root().native()) || stop()) throw;
        plan.failure = error.what();
    }
}

void user_export::book_attachment(const attachment_plan& plan)
{
    convert::tally& counts = report_.of(convert::kind::attachments);
    ++counts.source;
    std::string const id = plan.file->event_id + "/" + plan.file->file_id;
    if (!plan.copied) {
        ++counts.failed;
        report_.notes.add(convert::rule::unreadable, id, plan.failure);
        return;
    }
    const source::copied_file& copy = *plan.copied;
    report_.attachment_bytes += copy.bytes;
    attachment_files_.push_back({plan.name, copy.bytes, copy.sha256_hex});
    if (plan.expected == nullptr) {
        ++counts.set_aside;
        report_.notes.add(convert::rule::attachment_orphan, id);
        return;
    }
    ++attachments_written_;
    ++(plan.name == "attachments/" + plan.file->file_id ? counts.written : counts.changed);
    std::string difference;
    if (copy.changed_while_read)
        difference = "it changed while it was read";
    else if (plan.expected->size && *plan.expected->size != copy.bytes) {
        difference =
            fmt::format("the event says {} bytes, the file has {}", *plan.expected->size, copy.bytes);
    } else if (is_kept() && plan.expected->integrity.starts_with("sha256-") &&
               plan.expected->integrity.substr(7) != copy.sha256_base64) {
        difference = "its SHA-256 is not the one in the event";
    }
    if (!difference.empty()) report_.notes.add(convert::rule::attachment_differs, id, difference);
}

} // namespace pryv_export::exporting
