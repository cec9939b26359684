#include "content.hpp"

#include <array>
#include <cmath>

namespace sample {

namespace {

constexpr std::array<std::string_view, 40> words{
    "today",     "walked",   "slept",  "well",          "meeting",  "café",     "naïve",    "über",
    "größer",    "première", "señal",  "coração",       "здоровье", "вес",      "健康",     "散歩",
    "체중",      "صحة",      "😀",     "🏃‍♀️", "weight",   "pressure", "medicine", "doctor",
    "quiet",     "morning",  "\"ok\"", "a\\b",          "line\n",   "tab\t",    "before",   "after",
    "breakfast", "evening",  "rain",   "sun",           "hard",     "better",   "worse",    "again"};
constexpr std::array<std::string_view, 6> number_types{"mass/kg",  "frequency/bpm", "temperature/c",
                                                       "length/m", "ratio/percent", "energy/cal"};

double round_to(double value, double unit)
{
    return std::round(value * unit) / unit;
}

void append_position(bson_out& out, rng& random)
{
    out.begin_document("content");
    out.number("latitude", round_to(random.unit() * 180 - 90, 1e7));
    out.number("longitude", round_to(random.unit() * 360 - 180, 1e7));
    if (random.chance(0.5)) out.number("altitude", static_cast<double>(random.below(3000)));
    if (random.chance(0.2)) out.null("speed");
    out.end();
}

void append_list(bson_out& out, rng& random)
{
    out.begin_array("content");
    const std::uint64_t size = random.below(12);
    for (std::uint64_t i = 0; i < size; ++i) {
        if (random.chance(0.05)) {
            out.null(index_key(i));
        } else {
            out.number(index_key(i), round_to(random.unit() * 100, 1000));
        }
    }
    out.end();
}

void append_series(bson_out& out, std::string_view type)
{
    const std::string_view element = type.substr(type.find(':') + 1);
    out.begin_document("content");
    out.string("elementType", element);
    for (const auto* key : {"fields", "required"}) {
        out.begin_array(key);
        out.string("0", "deltaTime");
        out.string("1", "value");
        out.end();
    }
    out.end();
}

void append_object(bson_out& out, rng& random, bool ferretdb)
{
    out.begin_document("content");
    out.string("name", make_text(random, 20));
    out.begin_document("values");
    out.number("10", 1);
    out.number("2", round_to(random.unit() * 1e6, 100));
    out.null("empty");
    out.number(ferretdb ? "a-b" : "a.b", random.unit() * 1e-8);
    out.number("big", random.unit() * 1e22);
    out.end();
    out.begin_array("items");
    out.begin_document("0");
    out.boolean("done", random.chance(0.5));
    out.end();
    if (!ferretdb) {
        out.begin_array("1");
        out.end();
    }
    out.end();
    out.end();
}

void append_message(bson_out& out, rng& random)
{
    out.begin_document("content");
    out.string("id", std::to_string(random.next()));
    out.string("screenName", make_text(random, 10));
    out.string("text", make_text(random, 80));
    out.end();
}

} // namespace

subject pick_subject(rng& random)
{
    constexpr std::array<std::pair<subject, unsigned>, 11> shares{{{subject::number, 38},
                                                                   {subject::counter, 8},
                                                                   {subject::text, 18},
                                                                   {subject::position, 10},
                                                                   {subject::period, 6},
                                                                   {subject::period_with_text, 5},
                                                                   {subject::list, 4},
                                                                   {subject::boolean, 3},
                                                                   {subject::series, 2},
                                                                   {subject::object, 3},
                                                                   {subject::message, 3}}};
    auto at = random.below(100);
    for (const auto& [what, share] : shares) {
        if (at < share) return what;
        at -= share;
    }
    return subject::number;
}

std::string_view type_of(subject what, rng& random)
{
    switch (what) {
    case subject::number: return random.pick(number_types);
    case subject::counter: return "count/generic";
    case subject::text: return "note/txt";
    case subject::position: return "position/wgs84";
    case subject::period: return "activity/pryv";
    case subject::period_with_text: return "activity/plain";
    case subject::list: return "numset/generic";
    case subject::boolean: return "boolean/bool";
    case subject::series: return "series:mass/kg";
    case subject::object: return "object/generic";
    case subject::message: return "message/twitter";
    case subject::picture: return "picture/attached";
    }
    return "note/txt";
}

bool append_content(bson_out& out, subject what, std::string_view type, rng& random, double text_bytes,
                    bool ferretdb)
{
    switch (what) {
    case subject::number: out.number("content", round_to(random.unit() * 200, 100)); return true;
    case subject::counter: out.number("content", static_cast<double>(random.below(6000000000))); return true;
    case subject::text:
        out.string("content", make_text(random, -std::log(1.0 - random.unit()) * text_bytes));
        return true;
    case subject::position: append_position(out, random); return true;
    case subject::period_with_text: out.string("content", make_text(random, 15)); return true;
    case subject::list: append_list(out, random); return true;
    case subject::boolean: out.boolean("content", random.chance(0.5)); return true;
    case subject::series: append_series(out, type); return true;
    case subject::object: append_object(out, random, ferretdb); return true;
    case subject::message: append_message(out, random); return true;
    case subject::period:
    case subject::picture: return false;
    }
    return false;
}

bool append_client_data(bson_out& out, rng& random)
{
    if (!random.chance(0.1)) return false;
    out.begin_document("clientData");
    out.begin_document("app-web-diary");
    out.string("color", random.chance(0.5) ? "#ff8800" : "vert émeraude");
    out.number("position", static_cast<double>(random.below(50)));
    if (random.chance(0.3)) out.null("icon");
    out.end();
    out.end();
    return true;
}

std::string make_text(rng& random, double bytes)
{
    const auto wanted = static_cast<std::size_t>(bytes) + 1;
    std::string text;
    text.reserve(wanted + 24);
    while (text.size() < wanted) {
        if (!text.empty()) text += ' ';
        text += random.pick(words);
    }
    return text;
}

} // namespace sample
