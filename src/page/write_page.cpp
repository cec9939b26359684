#include "pryv_export/page/write_page.hpp"

#include "pryv_export/format/digest.hpp"

#include "page/assets.hpp"
#include "page/escape.hpp"
#include "page/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace pryv_export::page {

namespace {

using sink = std::function<void(std::string_view)>;

std::string source_of(std::string_view text)
{
    return "'sha256-" + format::base64(format::digest_of(format::digest_algorithm::sha256, text).view()) +
           "'";
}

/// Nothing but the two texts that are in the page, and no network at all.
std::string policy()
{
    return fmt::format("default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
                       source_of(report_js()), source_of(report_css()));
}

class page_writer
{
public:
    page_writer(const report_data& report, const user_source& users, const sink& write)
        : report_{report}, users_{users}, write_{write}
    {
    }

    void run()
    {
        std::string_view left = report_html();
        while (!left.empty()) {
            std::size_t const begin = left.find("{{");
            put(left.substr(0, begin));
            if (begin == left.npos) break;
            std::size_t const end = left.find("}}", begin);
            part(left.substr(begin + 2, end - begin - 2));
            left.remove_prefix(end + 2);
        }
        flush();
    }

private:
    void put(std::string_view text)
    {
        out_ += text;
        if (out_.size() >= (64U << 10)) flush();
    }

    void flush()
    {
        if (!out_.empty()) write_(out_);
        out_.clear();
    }

    /// In the order of the template: the rows come first, so that all later parts know their sums.
    void part(std::string_view name)
    {
        if (name == "csp") return put(policy());
        if (name == "title") return put(escaped(title_of(report_)));
        if (name == "style") return put(report_css());
        if (name == "script") return put(report_js());
        if (name == "rows") return put_rows();
        if (name == "verdict") return put(verdict_section(report_));
        if (name == "facts") return put(facts_section(report_));
        if (name == "totals") return put(totals_section(report_));
        if (name == "sizes") return put(sizes_section(sums_));
        if (name == "times") return put(times_section(report_));
        if (name == "warnings") return put(warnings_section(report_));
        if (name == "set-aside") return put(set_aside_section(report_));
        if (name == "failures") return put(failures_section(report_));
        if (name == "cores") return put(cores_section(report_));
        if (name == "register") return put(register_section(report_));
        if (name == "users") return put(users_section(report_, sums_));
        if (name == "steps") return put(steps_section(report_));
        if (name == "footer") return put(escaped(footer()));
        throw std::logic_error{"report.html names an unknown part: " + std::string{name}};
    }

    std::string footer() const
    {
        if (report_.made_by.empty()) return "Made by pryv-export inspect.";
        return fmt::format("Export by {}.", report_.made_by);
    }

    void put_rows()
    {
        put("[");
        users_([this](const user_row& user) { put_row(user); });
        put("]");
    }

    void put_row(const user_row& user)
    {
        std::string row = sums_.rows++ == 0 ? "[" : ",\n[";
        for (const std::string* const text : {&user.id, &user.name, &user.core}) {
            append_json(row, *text);
            row += ',';
        }
        row += fmt::format("{},{},{},{},{},{},{},", user.events, user.streams, user.accesses,
                           user.attachments, user.bytes, user.findings, static_cast<int>(user.state));
        append_json(row, user.error);
        row += ']';
        put(row);
        if (user.state == user_state::failed) return;
        sums_.events.add(user.events);
        sums_.bytes.add(user.bytes);
    }

    const report_data& report_;
    const user_source& users_;
    const sink& write_;
    user_sums sums_;
    std::string out_;
};

} // namespace

bool is_page(std::string_view file_name) noexcept
{
    constexpr std::string_view ending = ".html";
    if (file_name.size() < ending.size()) return false;
    std::string_view const end = file_name.substr(file_name.size() - ending.size());
    return std::equal(end.begin(), end.end(), ending.begin(), [](char have, char want) {
        return (have >= 'A' && have <= 'Z' ? static_cast<char>(have - 'A' + 'a') : have) == want;
    });
}

void write_page(const report_data& report, const user_source& users, const sink& write)
{
    page_writer{report, users, write}.run();
}

} // namespace pryv_export::page
