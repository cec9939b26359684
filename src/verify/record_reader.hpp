#pragma once

#include "check_context.hpp"
#include "json_keys.hpp"
#include "json_text.hpp"
#include "line_reader.hpp"
#include "stable_text.hpp"

#include <cstdint>
#include <string>

namespace pryv_export::verify {

/// Takes the records of one file in order.
class record_checker
{
public:
    virtual ~record_checker() = default;
    virtual void record(json_value object, std::uint64_t line) = 0;
};

/// Lines as JSON objects that v2 can keep: UTF-8, no NUL, no half surrogate pairs, no key twice. One thread
/// at a time; keeps its memory for the next file.
class record_reader : private line_listener
{
public:
    explicit record_reader(check_context& context) : lines_{context} {}

    /// Calls `checker` for each object. nul_allowed: originals under extra/ are kept as they were.
    /// Returns the number of lines that are not blank. Throws export_error{interrupted}.
    std::uint64_t read(const file_scope& scope, record_checker& checker, bool nul_allowed = false);

    integrity_hasher& hasher() noexcept { return hasher_; }

private:
    void line(std::string_view text, std::uint64_t number) override;
    std::string_view trimmed(std::string_view text, std::uint64_t number);
    bool parse(std::string_view text, std::uint64_t number);
    void check_values(std::uint64_t number);
    void explain(unsigned trait, rule which, std::uint64_t number, std::string_view what);

    line_reader lines_;
    json_text json_;
    key_checker keys_;
    integrity_hasher hasher_;
    const file_scope* scope_ = nullptr;
    record_checker* checker_ = nullptr;
    bool nul_allowed_ = false;
    std::uint64_t count_ = 0;
};

/// True for well-formed UTF-8 (no surrogates, no overlong forms).
bool is_well_formed(std::string_view text) noexcept;

} // namespace pryv_export::verify
