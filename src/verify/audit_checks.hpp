#pragma once

#include "event_checks.hpp"
#include "record_schema.hpp"

#include <string>

namespace pryv_export::verify {

/// Columns of both engines, by all their spellings.
extern const record_schema audit_schema;

/// One chunk of audit rows, as both of v2's audit engines take them (docs/v2-archive.md section 5 "audit").
class audit_checker final : public record_checker
{
public:
    audit_checker(const file_scope& scope, chunk_summary& out) : scope_{scope}, out_{out} {}
    void record(json_value row, std::uint64_t line) override;

private:
    std::string against_sqlite() const;
    std::string against_postgresql() const;

    const file_scope& scope_;
    chunk_summary& out_;
    record_members members_{audit_schema};
    std::string scratch_;
};

} // namespace pryv_export::verify
