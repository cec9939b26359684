#include "attachment_checks.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/format/digest.hpp"

#include "line_reader.hpp"

#include <fmt/format.h>

#include <string>

namespace pryv_export::verify {

namespace {

struct wanted_hash
{
    std::string_view base64; ///< empty: there is none that can be checked
    format::digest_algorithm algorithm = format::digest_algorithm::sha256;
};

/// "sha256-<base64>", as v1 writes it beside the attachment.
wanted_hash parse_hash(std::string_view integrity)
{
    wanted_hash out;
    std::size_t const dash = integrity.find('-');
    if (dash != integrity.npos && format::parse(integrity.substr(0, dash), out.algorithm))
        out.base64 = integrity.substr(dash + 1);
    return out;
}

std::string base64_of_file(check_context& context, const std::filesystem::path& path,
                           format::digest_algorithm algorithm)
{
    return format::base64(digest_result_of_file(context, path, algorithm).view());
}

} // namespace

void check_attachment(check_context& context, findings& out, const folder_entry& file,
                      const file_ledger& ledger)
{
    file_scope const scope{out, context.facts, file.name};
    if (file.kind != path_kind::file) {
        scope.add(rule::file_foreign, 0, {}, "a folder among the attachments");
        return;
    }
    check_listed(context, out, file);
    auto const at = ledger.owners().find(file.file_name());
    const listed_file* const owner = at == ledger.owners().end() ? nullptr : &at->second.last;
    if (owner == nullptr) scope.add(rule::attachment_unlisted, 0, {}, "no event lists it");
    bool differs = owner != nullptr && owner->size != static_cast<double>(file.bytes);
    if (differs)
        scope.add(rule::attachment_differs, 0, owner->event_id,
                  fmt::format("{} bytes, but the event says {:.0f}", file.bytes, owner->size));
    try {
        wanted_hash const wanted = owner == nullptr ? wanted_hash{} : parse_hash(owner->integrity);
        bool const any = !wanted.base64.empty();
        bool const sha256 = any && wanted.algorithm == format::digest_algorithm::sha256;
        std::string found;
        if (context.checksums || sha256) {
            sha256_bytes const digest = digest_of_file(context, context.root / file.name);
            check_digest(context, scope, digest);
            found = format::base64(digest);
        }
        if (any && !sha256) found = base64_of_file(context, context.root / file.name, wanted.algorithm);
        if (any && !differs && found != wanted.base64)
            scope.add(rule::attachment_differs, 0, owner->event_id,
                      "its content does not match the event's hash");
    } catch (const export_error& error) {
        if (error.status() == exit_status::interrupted) throw;
        scope.add(rule::file_unreadable, 0, {}, error.what());
    }
}

} // namespace pryv_export::verify
