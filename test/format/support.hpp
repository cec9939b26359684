#pragma once

#include "pryv_export/format/bson.hpp"
#include "pryv_export/format/text_buffer.hpp"

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace test {

using bytes = std::vector<std::uint8_t>;

inline bytes from_hex(std::string_view hex)
{
    auto const digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    bytes result;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        result.push_back(static_cast<std::uint8_t>(digit(hex[i]) * 16 + digit(hex[i + 1])));
    }
    return result;
}

/// g++ 12 warns of reads outside when it inlines insert() of an empty range.
template <class Range>
inline void add(bytes& to, const Range& from)
{
    for (auto const item : from) to.push_back(static_cast<std::uint8_t>(item));
}

/// A copy of exactly these bytes on the heap, so that a read beyond them is seen by AddressSanitizer.
inline bytes exact(const std::uint8_t* data, std::size_t size)
{
    bytes copy(data, data + size);
    copy.shrink_to_fit();
    return copy;
}

/// doc().text("a", "b").i32("n", 1).done()
class doc
{
public:
    doc& raw(std::uint8_t type, std::string_view key, const bytes& value)
    {
        bytes_.push_back(type);
        add(bytes_, key);
        bytes_.push_back(0);
        add(bytes_, value);
        return *this;
    }
    doc& text(std::string_view key, std::string_view value, std::uint8_t type = 0x02)
    {
        return raw(type, key, text_value(value));
    }
    doc& i32(std::string_view key, std::int32_t value) { return raw(0x10, key, number(value)); }
    doc& i64(std::string_view key, std::int64_t value) { return raw(0x12, key, number(value)); }
    doc& f64(std::string_view key, double value) { return raw(0x01, key, number(value)); }
    doc& boolean(std::string_view key, bool value)
    {
        return raw(0x08, key, {static_cast<std::uint8_t>(value)});
    }
    doc& null(std::string_view key) { return raw(0x0a, key, {}); }
    doc& object(std::string_view key, const doc& value) { return raw(0x03, key, value.done()); }
    doc& array(std::string_view key, const doc& value) { return raw(0x04, key, value.done()); }

    bytes done() const
    {
        bytes result = number(static_cast<std::int32_t>(bytes_.size() + 5));
        add(result, bytes_);
        result.push_back(0);
        return result;
    }

    template <class Number>
    static bytes number(Number value)
    {
        bytes result(sizeof value);
        std::memcpy(result.data(), &value, sizeof value);
        return result;
    }
    static bytes text_value(std::string_view value)
    {
        bytes result = number(static_cast<std::int32_t>(value.size() + 1));
        add(result, value);
        result.push_back(0);
        return result;
    }

private:
    bytes bytes_;
};

/// Random documents of every type; small alphabets, so that names repeat and look like indexes or DBRefs.
class random_documents
{
public:
    /// `any_double`: also doubles of random bits, which Boost.JSON 1.81 does not read exactly.
    explicit random_documents(std::uint64_t seed, bool any_double = true)
        : any_double_{any_double}, random_{seed}
    {
    }

    doc document(unsigned depth = 0)
    {
        doc result;
        for (unsigned n = below(depth == 0 ? 12 : 5); n > 0; --n) element(result, name(), depth);
        return result;
    }

private:
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

    std::string name()
    {
        static const char* const names[] = {"a",
                                            "b",
                                            "time",
                                            "$ref",
                                            "$id",
                                            "$db",
                                            "$x",
                                            "0",
                                            "1",
                                            "10",
                                            "01",
                                            "",
                                            "id",
                                            "\xff",
                                            "\xfe",
                                            "_id",
                                            "\xc3\xa9",
                                            "a\"b",
                                            "streamId",
                                            "userId",
                                            "\xf0\x9f\x98\x80",
                                            "\xef\xbf\xbd",
                                            "a name of more than sixteen bytes",
                                            "a name of more than sixteen bytee"};
        return names[below(std::size(names))];
    }

    std::string text()
    {
        static const char* const pieces[] = {"a",
                                             "plain text of some length ",
                                             "\"",
                                             "\\",
                                             "\n",
                                             "\x01",
                                             "\xc3\xa9",
                                             "\xe2\x80\xa8",
                                             "\xf0\x9f\x98\x80",
                                             "\xff",
                                             "\xe2\x82",
                                             "\x7f",
                                             "db.coll",
                                             "\xef\xbf\xbf",
                                             "\xc2\xad"};
        std::string result;
        for (unsigned n = below(6); n > 0; --n) {
            if (below(20) == 0)
                result += '\0';
            else
                result += pieces[below(std::size(pieces))];
        }
        return result;
    }

    double number()
    {
        switch (below(any_double_ ? 4 : 3)) {
        case 0: return static_cast<double>(below(1000000)) / 1000;
        case 1: return static_cast<double>(below(1000000));
        case 2: return 1.6e9 + static_cast<double>(below(1000000)) / 1000;
        default: {
            std::uint64_t const bits = random_();
            double value = 0;
            std::memcpy(&value, &bits, sizeof value);
            return value;
        }
        }
    }

    bytes some_bytes(std::size_t size)
    {
        bytes result(size);
        for (auto& byte : result) byte = static_cast<std::uint8_t>(random_());
        return result;
    }

    bytes binary()
    {
        bytes const content = some_bytes(below(2) == 0 ? 16 : below(20));
        bytes result = doc::number(static_cast<std::int32_t>(content.size()));
        result.push_back(static_cast<std::uint8_t>(below(6)));
        add(result, content);
        return result;
    }

    bytes scoped_code(unsigned depth)
    {
        bytes const code = doc::text_value(text());
        bytes const scope = document(depth + 1).done();
        bytes result = doc::number(static_cast<std::int32_t>(4 + code.size() + scope.size()));
        add(result, code);
        add(result, scope);
        return result;
    }

    bytes regex()
    {
        bytes result{'^', 'a', '"', 0};
        if (below(2) == 0) result.push_back('i');
        result.push_back(0);
        return result;
    }

    void element(doc& into, const std::string& key, unsigned depth)
    {
        switch (below(depth < 4 ? 26 : 20)) {
        case 0: into.i32(key, static_cast<std::int32_t>(random_())); break;
        case 1: into.i64(key, static_cast<std::int64_t>(random_())); break;
        case 2: into.i64(key, static_cast<std::int64_t>(below(1000))); break;
        case 3: into.boolean(key, below(2) == 0); break;
        case 4: into.null(key); break;
        case 5: into.raw(0x06, key, {}); break;
        case 6: into.raw(0x07, key, some_bytes(12)); break;
        case 7:
            into.i64(key, static_cast<std::int64_t>(random_())).raw(0x09, key, doc::number(random_()));
            break;
        case 8:
            into.raw(0x09, key, doc::number(static_cast<std::int64_t>(random_() % 4000000000000ULL)));
            break;
        case 9: into.raw(0x05, key, binary()); break;
        case 10: into.raw(0x0b, key, regex()); break;
        case 11: {
            bytes value = doc::text_value(text());
            bytes const id = some_bytes(12);
            add(value, id);
            into.raw(0x0c, key, value);
            break;
        }
        case 12: into.text(key, text(), below(2) == 0 ? 0x0d : 0x0e); break;
        case 13: into.raw(0x0f, key, scoped_code(depth)); break;
        case 14: into.raw(0x11, key, some_bytes(8)); break;
        case 15: into.raw(0x13, key, some_bytes(16)); break;
        case 16: into.raw(below(2) == 0 ? 0x7f : 0xff, key, {}); break;
        case 17: into.raw(0x08, key, some_bytes(1)); break;
        case 18: into.f64(key, number()); break;
        case 19: into.text(key, text()); break;
        case 20:
        case 21:
        case 22: into.object(key, document(depth + 1)); break;
        default: into.array(key, document(depth + 1)); break;
        }
    }

    bool any_double_;
    std::mt19937_64 random_;
};

} // namespace test
