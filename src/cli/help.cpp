#include "pryv_export/base/version.hpp"
#include "pryv_export/cli/command_line.hpp"

#include <boost/version.hpp>
#include <fmt/format.h>

namespace pryv_export::cli {

std::string_view general_help() noexcept
{
    return R"(pryv-export: exports a Pryv.io v1 deployment as an archive that Pryv v2 restores

Usage: pryv-export COMMAND [OPTION...] [ARGUMENT...]

Commands:
  register OUTPUT          export the register (Redis) into OUTPUT/register
  core CONFIG.yml OUTPUT   export one core, all its users, into folder OUTPUT
  run JOB.yml [CORE...]    export the register and several cores at once
  verify ARCHIVE           prove that an archive is whole and that v2 takes it
  inspect ARCHIVE          what is inside an archive

      --help               this text; after a command, its options
      --version            version and how it was built

Results go to stdout, everything else to stderr. Exit status: 0 complete;
2 wrong usage; 3 finished, but some users or records failed; 4 verify found
problems; 66, 73, 74, 75, 77, 78 could not be done (the message says why);
130, 143 interrupted.
)";
}

std::string_view verify_help() noexcept
{
    return R"(Usage: pryv-export verify [OPTION...] ARCHIVE

Reads an archive once and proves that it is whole and that v2 will take it:
checksums, gzip, every record, counts, order, uniqueness, integrity hashes,
attachments. Reads archives of pryv-export, of the Node export tool and of v2's
own backup. Changes nothing. Each finding has a rule; docs/verify.md has them
all.

      --user ID|NAME           only this user; repeatable
      --sample N%              only some of the users, always the same ones
      --against CONFIG.yml     count v1's records again, and hold the archive
                               against them; --mongodump DIR, --users-path DIR
                               and the other options of `core` say where they
                               are
      --strict                 exit status 4 for warnings as well
      --json                   one JSON document instead of text
      --jobs N                 threads (all cores)
      --memory SIZE            what large users may hold together (256MiB)
      --progress STYLE         auto, bar, plain, json, none
      --quiet                  nothing but errors
      --log-level LEVEL        error, warning, info, debug
      --log-format FORMAT      text, json
      --help                   this text

Exit status: 0 no errors; 4 errors found; 66 there is no archive.
)";
}

std::string_view inspect_help() noexcept
{
    return R"(Usage: pryv-export inspect [OPTION...] ARCHIVE

Says what is inside an archive: version, users, counts, sizes, warnings of the
export. Proves nothing: that is what verify is for.

      --user ID|NAME           one user: counts, sizes, first and last event
      --events                 count events, by type and by stream
      --stream ID              only events of this stream
      --type TYPE              only events of this type
      --cat KIND               the lines themselves, for jq: events, streams,
                               accesses, profile, webhooks, account, audit,
                               series of --user; extra (with or without one);
                               platform
      --json                   JSON instead of text
      --report FILE            a page when it ends in .html, else what --json
                               prints; repeatable
      --quiet                  nothing but errors
      --log-level LEVEL        error, warning, info, debug
      --log-format FORMAT      text, json
      --help                   this text

--cat shows password hashes, access tokens and health data.
)";
}

std::string_view core_help() noexcept
{
    return R"(Usage: pryv-export core [OPTION...] CONFIG.yml OUTPUT

Exports all users of one v1 core into the folder OUTPUT, as the archive that
v2's `bin/backup.js --restore` reads. CONFIG.yml is v1's configuration file.
Stop v1's API first; MongoDB itself must run, unless a dump is given.

Source:
      --mongodump DIR          the database as mongodump wrote it (.bson[.gz]),
                               instead of the MongoDB that CONFIG.yml names
      --users-path DIR         users' folders, instead of userFiles:path
      --var CONTAINER=HOST     where a folder of v1's container lies here, like
                               /app/data=/var/pryv/core/data; just HOST is v1's
                               var-pryv (or data) folder; repeatable
      --override-config FILE   a configuration file that goes over CONFIG.yml;
                               repeatable, the last one wins
      --register-dir DIR       users.jsonl[.gz] of the register, for user names
                               (else OUTPUT/register)
      --register-name HOST     how the register calls this core (else the server
                               of most of its users)
      --force-version          go on with a version of v1 that is not supported

Live MongoDB:
      --mongo-uri URI          instead of CONFIG.yml's host, port and login;
                               takes replicaSet, authSource, tls, …; in ps all
                               see it: better in PRYV_EXPORT_MONGO_URI
      --mongo-user NAME        another user than CONFIG.yml or the URI has
      --mongo-password-file F  the password, alone in a file; or in
                               PRYV_EXPORT_MONGO_PASSWORD
      --tls-ca FILE            PEM of the authority that signed the server's
                               certificate; turns TLS on
      --tls-certificate FILE   PEM with a client certificate and its key
      --tls-insecure           no check of the server's certificate
      --mongo-connections N    commands at the same time (4)
      --give-up-after SECONDS  how long the server may be away (120)

Users:
      --user ID|NAME           only this user; repeatable
      --users-file FILE        only these, one id or name a line
      --allow-empty            zero users are fine

Before the export:
      --dry-run                say what would happen: users, sizes, free space,
                               what will fail; --report FILE takes all of it as
                               JSON. Writes nothing; exit status 4 for problems
      --scan                   with --dry-run: convert everything, not a sample

Archive:
      --target-file-size MB    raw size at which a file of records ends (50)
      --no-compress            plain .jsonl files
      --level 0-9              of compression; 0 stores, 1 is fast (1)
      --integrity auto|keep|drop
                               hashes of events: as v2 will compute them, as v1
                               stored them, or none (auto)
      --overwrite              remove an archive that OUTPUT holds, even a
                               finished one, once all sources are open
      --fail-fast              stop at the first user that fails

Machine:
      --jobs N                 threads that convert and compress (all cores)
      --users-in-flight N      users exported at the same time (from --jobs)
      --memory SIZE            for data in flight, like 512MiB or 2GiB (256MiB)
      --spool-dir DIR          for temporary files (else inside OUTPUT)

Messages:
      --report FILE            a page when it ends in .html, else a copy of
                               report.json; repeatable
      --stats                  where the time went: a table at the end
      --trace FILE             the same, span by span, for ui.perfetto.dev
      --progress auto|bar|plain|json|none
                               a bar on a terminal, else lines (auto)
      --quiet                  errors only, no summary
      --log-level error|warning|info|debug
                               (info)
      --log-format text|json   json: one object a line, on stderr (text)
      --help                   this text

Every option can be given as an environment variable too: --target-file-size is
PRYV_EXPORT_TARGET_FILE_SIZE (flags take 1 or 0, repeatable ones are separated
by commas). The command line wins.
)";
}

std::string_view register_help() noexcept
{
    return R"(Usage: pryv-export register [OPTION...] OUTPUT

Exports what service-register keeps in Redis into the folder OUTPUT/register:
users, servers, emails, invitations and other unique fields. Before or after
`pryv-export core CONFIG.yml OUTPUT`; before is better, as the core then finds
names there.

Server:
      --redis-host HOST        (127.0.0.1)
      --redis-port PORT        (6379)
      --redis-socket FILE      a Unix socket instead
      --redis-db N             number of the database (0)
      --redis-connect-timeout SECONDS
                               (10)
      --redis-timeout SECONDS  without a byte from the server (60)
      --give-up-after SECONDS  how long a server that was reached once may be
                               away, or loading (120)

Login:
      --redis-user NAME        of an ACL; else the default user
      --redis-password-file F  the password, alone in a file; or in
                               PRYV_EXPORT_REDIS_PASSWORD
      --redis-password TEXT    works, but others may see it in ps
      --redis-tls              TLS, the certificate checked against the system's
                               authorities
      --redis-tls-ca FILE      PEM of the authority that signed the server's
                               certificate; turns TLS on
      --redis-tls-certificate FILE
                               PEM with a client certificate and its key; turns
                               TLS on
      --redis-tls-insecure     TLS without a check of the server's certificate

Files:
      --no-compress            plain .jsonl files; an archive that OUTPUT holds
                               decides itself
      --level 0-9              of compression; 0 stores, 1 is fast (1)
      --overwrite              replace OUTPUT/register, once the new one is
                               complete
      --allow-empty            neither users nor servers are fine
      --spool-dir DIR          for temporary files (else inside OUTPUT)
      --core-id-map HOST=ID    v2's id of the core that v1's register calls HOST:
                               writes user-core.sql, which v2 needs when it has
                               several cores; repeatable
      --core-id-map-file FILE  the same, a line each

Messages:
      --report FILE            a page when it ends in .html, else a copy of
                               report.json; repeatable
      --progress auto|bar|plain|json|none
                               a bar on a terminal, else lines (auto)
      --quiet                  errors only, no summary
      --log-level error|warning|info|debug
                               (info)
      --log-format text|json   json: one object a line, on stderr (text)
      --help                   this text

Every option can be given as an environment variable too: --redis-host is
PRYV_EXPORT_REDIS_HOST (flags take 1 or 0). The command line wins.
)";
}

std::string_view run_help() noexcept
{
    return R"(Usage: pryv-export run [OPTION...] JOB.yml [CORE...]

Exports the register and the cores that the job file names, all at the same
time in this process; with names of cores only those. Nothing is begun before
the sources of all cores are open. A core that fails later does not stop the
others: run the job again with its name.

JOB.yml (docs/operators-guide.md, "Several cores", has all its keys):
  output: /backup/2026-11-21
  layout: per-core         # OUTPUT/co1, OUTPUT/co2, …; merged: one archive
  register:
    redis: { host: 10.0.0.5, password-env: REDIS_PASSWORD }
  cores:
    co1: { config: /var/pryv/co1/core.yml }
    co2: { config: /var/pryv/co2/core.yml, mongodump: /dumps/co2 }
  options: { memory: 1GiB }

These options go over those of the job file:
      --output DIR             where to
      --layout per-core|merged
                               an archive for each core, or one for all
      --overwrite              replace finished archives
      --keep-going             export the others when a core cannot be opened
      --no-register            do not export the register
      --report FILE            a page when it ends in .html, else a copy of
                               report.json; repeatable

As for `core`:
      --target-file-size MB, --no-compress, --level 0-9, --integrity MODE,
      --fail-fast, --force-version, --allow-empty, --mongo-connections N (of
      each core), --give-up-after SECONDS, --spool-dir DIR,
      --jobs N, --memory SIZE, --users-in-flight N (of all cores together),
      --stats, --trace FILE, --progress STYLE, --quiet, --log-level LEVEL,
      --log-format FORMAT
      --help                   this text

Each is an environment variable too, like PRYV_EXPORT_MEMORY. The command line
wins, then the environment, then the core's part of the job file.
)";
}

std::string version_text()
{
    return fmt::format("pryv-export {} (compiler {}, Boost {}.{}, archive format 1)\n", program_version(),
                       __VERSION__, BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000);
}

} // namespace pryv_export::cli
