#include "job_parts.hpp"

#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include "core_sources.hpp"
#include "job_output.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

namespace pryv_export::exporting {

namespace {

/// What one core may take of limits that hold for the whole program.
export_options options_of(const core_job& core, const job_options& job,
                          const std::optional<std::filesystem::path>& register_folder)
{
    std::size_t const cores = job.cores.size();
    export_options options = core.exporting;
    options.output = archive_folder(job, core);
    options.if_exists = archive::output_folder::existing::overwrite; // check_output() has looked
    options.register_dir = register_folder;
    options.report_files.clear();
    options.jobs = (options.jobs + cores - 1) / cores;
    options.memory_bytes /= cores;
    return options;
}

export_error as_export_error(const std::exception_ptr& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (const export_error& error) {
        return error;
    } catch (const std::exception& error) {
        return export_error{exit_status::unexpected, "unexpected", error.what()};
    }
}

} // namespace

job_part::job_part(runtime::program& program, const core_job& core, const job_options& job,
                   const std::optional<std::filesystem::path>& register_folder, std::int64_t started)
    : job_{core}, merged_{job.merged}, number_{static_cast<std::size_t>(&core - job.cores.data())},
      program_{program}, options_{options_of(core, job, register_folder)}, failure_{core.failure}
{
    result_.name = core.name;
    if (core.config) {
        core_ = std::make_unique<core_part>(program_, *core.config, options_, *core.progress,
                                            merged_ ? core.name : std::string{}, started);
    }
    if (failure_) keep_failure(std::make_exception_ptr(*failure_));
}

/// True for what is no trouble of this core alone.
bool job_part::ends_the_job(const std::exception_ptr& failure) const
{
    if (program_.stopping()) return true;
    try {
        std::rethrow_exception(failure);
    } catch (const export_error& error) {
        return merged_ && core_->has_joined() && core_->is_of_archive(error);
    } catch (const std::bad_alloc&) {
        return true;
    } catch (const boost::system::system_error& error) {
        return error.code() == boost::asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

void job_part::keep_failure(const std::exception_ptr& failure)
{
    export_error const error = as_export_error(failure);
    result_.state = core_state::not_started;
    result_.status = error.status();
    result_.error = error.what();
    job_.progress->begin("failed");
}

// -- opening

/// What fails here is the core's own trouble.
runtime::task<void> job_part::attempt(std::function<void()> work)
{
    std::exception_ptr failure;
    try {
        co_await runtime::run_on(program_.blocking(), std::move(work));
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) co_return;
    if (ends_the_job(failure)) std::rethrow_exception(failure);
    failure_ = as_export_error(failure);
    keep_failure(failure);
}

runtime::task<void> job_part::open(archive_draft* archive)
{
    if (failure_) co_return;
    std::function<void()> work = [this, archive] { open_sources(archive); };
    co_await attempt(std::move(work));
}

/// Blocking.
void job_part::open_sources(archive_draft* archive)
{
    refuse_output_in_sources(*job_.config, options_);
    if (archive == nullptr)
        own_archive_.emplace(program_, options_.output, options_.if_exists, options_.encoding);
    core_->open((archive == nullptr ? *own_archive_ : *archive).folder().partial());
}

runtime::task<void> job_part::join(archive_draft* archive, std::size_t first_number)
{
    std::function<void()> work = [this, archive, first_number] {
        core_->join(archive == nullptr ? *own_archive_ : *archive, first_number);
        core_->prepare();
    };
    co_await attempt(std::move(work));
}

void job_part::abandon() noexcept
{
    core_.reset(); // what it keeps in the folder goes first
    if (own_archive_) own_archive_->abandon();
}

void job_part::begin(const std::optional<std::filesystem::path>& register_folder)
{
    own_archive_->begin();
    if (register_folder) own_archive_->place_register(*register_folder);
}

// -- exporting

runtime::task<void> job_part::export_archive(runtime::fair_slots::party places)
{
    std::exception_ptr failure;
    try {
        co_await export_stages(places);
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) co_return;
    if (ends_the_job(failure) || options_.fail_fast) std::rethrow_exception(failure);
    keep_failure(failure);
    result_.state = core_state::failed;
    auto close = [this] { core_.reset(); };
    co_await runtime::run_on(program_.blocking(), std::move(close));
}

runtime::task<void> job_part::export_stages(runtime::fair_slots::party& places)
{
    std::vector<runtime::task<void>> stages;
    stages.push_back(own_archive_->publisher().run());
    stages.push_back(export_and_close(places));
    co_await runtime::run_all(std::move(stages));
    auto end = [this] {
        archive_facts const facts = core_->facts();
        core_->finish();
        own_archive_->finish(core_->report(), facts);
        keep_result();
    };
    co_await runtime::run_on(program_.blocking(), std::move(end));
}

runtime::task<void> job_part::export_and_close(runtime::fair_slots::party& places)
{
    co_await core_->export_users(places);
    own_archive_->publisher().close();
}

runtime::task<void> job_part::export_users(runtime::fair_slots::party places)
{
    std::exception_ptr failure;
    try {
        co_await core_->export_users(places);
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) co_return;
    if (ends_the_job(failure) || options_.fail_fast) std::rethrow_exception(failure);
    keep_failure(failure);
    result_.state = core_state::failed;
    auto note = [this] { core_->fail_rest(fmt::format("core {} failed: {}", name(), result_.error)); };
    co_await runtime::run_on(program_.blocking(), std::move(note));
}

void job_part::finish(const core_part::platform_filter& filter)
{
    if (result_.state == core_state::failed) {
        core_->finish_failed();
        core_->report().failed_cores.emplace_back(name(), result_.error);
        result_.report = std::move(core_->report());
        return;
    }
    try {
        core_->finish(filter);
        keep_result();
    } catch (...) {
        auto const failure = std::current_exception();
        if (ends_the_job(failure)) throw;
        keep_failure(failure);
        result_.state = core_state::failed;
        core_->finish_failed();
        core_->report().failed_cores.emplace_back(name(), result_.error);
        result_.report = std::move(core_->report());
    }
}

void job_part::keep_result()
{
    result_.report = std::move(core_->report());
    result_.state = result_.report->complete() ? core_state::complete : core_state::partial;
    job_.progress->begin("done");
}

} // namespace pryv_export::exporting
