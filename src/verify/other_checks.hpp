#pragma once

#include "record_reader.hpp"
#include "tree_checks.hpp"

#include <cstdint>
#include <string>

/// Account, series, extra of a user; platform rows and register servers (docs/v2-archive.md section 5).
namespace pryv_export::verify {

class account_checker final : public record_checker
{
public:
    explicit account_checker(const file_scope& scope) : scope_{scope} {}
    void record(json_value account, std::uint64_t line) override;

private:
    void password(json_value row);
    void key_value(json_value row);
    void field(json_value row);
    bool needs(json_value row, std::string_view list, std::string_view member, json_kind kind);
    void unique(std::initializer_list<std::string_view> parts, std::string_view what);

    const file_scope& scope_;
    std::uint64_t line_ = 0;
    exact_set keys_;
};

class series_checker final : public record_checker
{
public:
    explicit series_checker(const file_scope& scope) : scope_{scope} {}
    void record(json_value measurement, std::uint64_t line) override;

private:
    const file_scope& scope_;
};

class extra_checker final : public record_checker
{
public:
    explicit extra_checker(const file_scope& scope) : scope_{scope} {}
    void record(json_value original, std::uint64_t line) override;

private:
    const file_scope& scope_;
};

class platform_checker final : public record_checker
{
public:
    explicit platform_checker(const file_scope& scope) : scope_{scope} {}
    void record(json_value row, std::uint64_t line) override;

private:
    void structured(json_value row, std::uint64_t line);
    void raw(json_value row, std::uint64_t line);
    void unique(std::string_view field, std::string_view value, std::uint64_t line,
                std::string_view username);

    const file_scope& scope_;
    exact_set unique_;
};

class register_checker final : public record_checker
{
public:
    explicit register_checker(const file_scope& scope) : scope_{scope} {}
    void record(json_value server, std::uint64_t line) override;

private:
    const file_scope& scope_;
    exact_set names_;
};

} // namespace pryv_export::verify
