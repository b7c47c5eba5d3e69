// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Compatibility lines 3, 10, 13 and 17–21: the words for each mistake, and where they say it is.
@Suite("Mistakes in the configuration")
struct ConfigurationMistakeTests {
    @Test(
        "are told with file and line once the file is read",
        arguments: [
            Case("Bogus x", invalid("Bogus")),
            Case("<Bogus>\n</Bogus>", invalid("<Bogus")),
            Case("SSLEngine On", invalid("SSLEngine")),
            Case("KeepAlive", "KeepAlive must be On or Off"),
            Case("KeepAlive maybe", "KeepAlive must be On or Off"),
            Case("Require bogus", "Require not allowed here"),
            Case("AllowOverride None", "AllowOverride not allowed here"),
            Case(
                "Listen 127.0.0.1:${PORT}", "Cannot define multiple Listeners on the same IP:port"),
            Case("Listen", "Listen requires 1 or 2 arguments."),
            Case("Listen 99999999", "Invalid address or port"),
            Case(
                "ServerName", "ServerName takes one argument, The hostname and port of the server"),
            Case(
                "ServerName a b",
                "ServerName takes one argument, The hostname and port of the server"),
            Case(
                "ServerName a # comment",
                "ServerName takes one argument, The hostname and port of the server"),
            Case(
                "Options +Indexes FollowSymLinks",
                "Either all Options must start with + or -, or no Option may."),
            Case("Options Bogus", "Illegal option Bogus"),
            Case(
                "LogLevel bogus",
                "Log level keyword must be one of emerg/alert/crit/error/warn/notice/info/debug/trace1/.../trace8"
            ),
            Case("ErrorDocument 999 x", "Unsupported HTTP response code 999"),
            Case("LimitRequestLine -1", "LimitRequestLine \"-1\" must be a non-negative integer"),
            Case(
                "DocumentRoot /nonexistent",
                "DocumentRoot '/nonexistent' is not a directory, or is not readable"),
            Case(
                "<Else>\n</Else>",
                "<Else> or <ElseIf> section without previous <If> or <ElseIf> section in same scope"
            ),
            Case(
                "<Directory>\n</Directory>", "<Directory> directive requires additional arguments"),
            Case("<Directory /x\n</Directory>", "<Directory> directive missing closing '>'"),
            Case(
                "<VirtualHost>\n</VirtualHost>",
                "<VirtualHost> directive requires additional arguments"),
            Case("<DirectoryMatch \"(\">\n</DirectoryMatch>", "Regex could not be compiled"),
            Case(
                "ServerTokens Bogus",
                "ServerTokens takes 1 argument: 'Prod(uctOnly)', 'Major', 'Minor', 'Min(imal)', 'OS', or 'Full'"
            ),
            Case("FileETag Bogus", "Unknown keyword 'Bogus' for FileETag directive"),
            Case("TraceEnable maybe", "TraceEnable must be one of 'on', 'off', or 'extended'"),
            Case("Error \"told so\"", "told so"),
            Case(
                "MaxRanges x",
                "MaxRanges requires 'none', 'default', 'unlimited' or a positive integer"),
            Case("<LimitExcept GET>\n</LimitExcept>", "<LimitExcept not allowed here"),
            Case(
                "HttpProtocolOptions Bogus",
                "HttpProtocolOptions accepts 'Unsafe' or 'Strict' (default), 'RegisteredMethods' or 'LenientMethods' (default), and 'Require1.0' or 'Allow0.9' (default)"
            ),
            Case("AcceptPathInfo maybe", "AcceptPathInfo must be set to on, off or default"),
            Case("LimitInternalRecursion 0", "The recursion limit must be greater than zero."),
            Case("CGIVar FOO rest", "Unrecognized CGI variable: \"FOO\""),
            Case(
                "CGIVar REQUEST_URI any",
                "Valid rules for REQUEST_URI are 'current-uri' and 'original-uri'"),
            Case("RegexDefaultOptions foo", "RegexDefaultOptions: option 'foo' unknown"),
            Case(
                "Mutex foo",
                "Invalid Mutex argument foo (Mutex mechanisms are: 'none', 'default', 'flock:/path/to/file', 'fcntl:/path/to/file', 'file:/path/to/file', 'pthread', 'sysvsem', 'posixsem', 'sem')"
            ),
            Case(
                "Mutex file:/nonexistent default",
                "Invalid Mutex directory in argument file:/nonexistent"),
            Case(
                "CoreDumpDirectory /nonexistent", "CoreDumpDirectory /nonexistent does not exist"),
            Case("User", "User takes one argument, Effective user id for this server"),
            Case(
                "MaxKeepAliveRequests",
                "MaxKeepAliveRequests takes one argument, Maximum number of Keep-Alive requests per connection, or 0 for infinite"
            ),
        ])
    func firstLine(mistake: Case) throws {
        let root = try ServerRoot(mistake.given, modules: ["authz_core"])
        let result = try runServer(on: root)
        #expect(result.status == 1)
        #expect(result.output == "")
        #expect(
            result.messages == [
                "AH00526: Syntax error on line 1 of \(root.testConfigurationFile):",
                mistake.expected,
            ])
    }

    @Test(
        "are told with the line inside a section",
        arguments: [
            Case("<Location />\nRequire bogus\n</Location>", "Unknown Authz provider: bogus"),
            Case(
                "<Directory /x>\nKeepAlive On\n</Directory>",
                "KeepAlive not allowed in <Directory> context"),
            Case(
                "<Directory /x>\nListen 8080\n</Directory>",
                "Listen not allowed in <Directory> context"),
            Case(
                "<Location /x>\nListen 8080\n</Location>",
                "Listen not allowed in <Location> context"),
            Case("<Files x>\nListen 8080\n</Files>", "Listen not allowed in <Files> context"),
            Case(
                "<VirtualHost *>\nListen 8080\n</VirtualHost>",
                "Listen cannot occur within <VirtualHost> section"),
            Case(
                "<VirtualHost *:80>\n<VirtualHost *:80>\n</VirtualHost>\n</VirtualHost>",
                "<VirtualHost> cannot occur within <VirtualHost> section"),
            Case("<IfVersion >= 2.4>\nBogus\n</IfVersion>", invalid("Bogus")),
            Case("<IfModule core.c>\nBogus\n</IfModule>", invalid("Bogus")),
            Case("<Directory /x>\nBogus\n</Directory>", invalid("Bogus")),
            Case("<Location /x>\nOptions +Foo\n</Location>", "Illegal option Foo"),
            Case(
                "<Location /x>\n<Files y>\n</Files>\n</Location>",
                "<Files> cannot occur within <Location> section"),
            Case(
                "<LocationMatch x>\n<FilesMatch y>\n</FilesMatch>\n</LocationMatch>",
                "<FilesMatch> cannot occur within <LocationMatch> section"),
        ])
    func secondLine(mistake: Case) throws {
        let root = try ServerRoot(mistake.given)
        let result = try runServer(on: root)
        #expect(result.status == 1)
        #expect(
            result.messages == [
                "AH00526: Syntax error on line 2 of \(root.testConfigurationFile):",
                mistake.expected,
            ])
    }

    /// What acts at reading (line 16) is told in one line, which names the including files too.
    @Test(
        "are told in one line while the file is read",
        arguments: [
            Case(
                "<Directory /x>",
                "line 1 of ROOT/conf/test.conf: ROOT/conf/test.conf:1: <Directory> was not closed."),
            Case(
                "<Bogus>",
                "line 1 of ROOT/conf/test.conf: ROOT/conf/test.conf:1: <Bogus> was not closed."),
            Case(
                "</Directory>",
                "line 1 of ROOT/conf/test.conf: </Directory> without matching <Directory> section"),
            Case(
                "<Directory /x>\n</Location>",
                "line 2 of ROOT/conf/test.conf: Expected </Directory> but saw </Location>"),
            Case(
                "Include conf/*.nothing",
                "line 1 of ROOT/conf/test.conf: Include/IncludeOptional: No matches for the wildcard '*.nothing' in 'ROOT/conf', failing"
            ),
            Case(
                "Include conf/nothing/*.conf",
                "line 1 of ROOT/conf/test.conf: Include/IncludeOptional: Could not open directory ROOT/conf/nothing: No such file or directory"
            ),
            Case(
                "Include conf/missing.conf",
                "line 1 of ROOT/conf/test.conf: Could not open configuration file ROOT/conf/missing.conf: No such file or directory"
            ),
            Case(
                "<IfModule>",
                "line 1 of ROOT/conf/test.conf: <IfModule> directive requires additional arguments"),
            Case(
                "<IfModule x",
                "line 1 of ROOT/conf/test.conf: <IfModule> directive missing closing '>'"),
            Case("Define a:b", "line 1 of ROOT/conf/test.conf: Variable name must not contain ':'"),
            Case(
                "Define A B C",
                "line 1 of ROOT/conf/test.conf: Define takes 1-2 arguments, Define a variable, optionally to a value.  Same as passing -D to the command line."
            ),
            Case(
                "ServerRoot /nonexistent",
                "line 1 of ROOT/conf/test.conf: ServerRoot must be a valid directory"),
        ])
    func atReading(mistake: Case) throws {
        let root = try ServerRoot(mistake.given)
        let result = try runServer(on: root)
        let line =
            root.folder.read("conf/httpd.conf").split(
                separator: "\n", omittingEmptySubsequences: false
            )
            .firstIndex(of: "Include conf/test.conf")! + 1
        #expect(result.status == 1)
        let message = result.messages.joined(separator: "\n")
            .replacing(root.path, with: "ROOT")
            // What newer releases of Apache add.
            .replacing(" (use IncludeOptional if required)", with: "")
        #expect(
            message
                == "httpd: Syntax error on line \(line) of ROOT/conf/httpd.conf: Syntax error on \(mistake.expected)"
        )
    }

    @Test("name a module that cannot be loaded")
    func module() throws {
        let result = try runServer(on: ServerRoot("LoadModule x_module modules/none.so"))
        #expect(result.status == 1)
        #expect(result.messages.joined().contains("Cannot load modules/none.so into server: "))
    }

    @Test("name a module whose file holds another")
    func moduleName() throws {
        let result = try runServer(
            on: ServerRoot("LoadModule bogus_module /usr/lib/apache2/modules/mod_env.so"))
        #expect(result.status == 1)
        #expect(
            result.messages.joined().contains(
                "Can't locate API module structure `bogus_module' in file "))
    }

    @Test("tell how to get a directive whose module is off, and of a module that only Apache has")
    func remedies() throws {
        if underApache { return }
        let directive = try runServer(
            ["-t", "-c", "WSGIScriptAlias / /srv/app.wsgi"], on: ServerRoot(""))
        #expect(directive.errors.contains("\n  a2enmod wsgi enables it\n"))
        // No module of ours, so Debian's own file is tried.
        let module = try runServer(
            on: ServerRoot("LoadModule dav_module /usr/lib/apache2/modules/mod_dav.so"))
        #expect(module.status == 1)
        #expect(module.errors.contains("this server has no mod_dav.so of its own"))
    }

    @Test("of including itself end at a depth of 128")
    func recursion() throws {
        let result = try runServer(on: ServerRoot("Include conf/test.conf"))
        #expect(result.status == 1)
        // Each level adds its place, until the message is cut at 8 KiB.
        let levels = result.messages.joined().split(separator: "Syntax error on line 1 of ").count
        #expect((64...129).contains(levels))
    }

    @Test(
        "that are none are warned of",
        arguments: [
            Case(
                "LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so",
                "AH01574: module authz_core_module is already loaded, skipping"),
            Case("ServerName ${NOPE}", "AH00111: Config variable ${NOPE} is not defined"),
            Case(
                "<Files x>\nAllowOverride None\n</Files>",
                "AH00114: Useless use of AllowOverride in line 2 of "),
            Case(
                "<VirtualHost nosuchhost.invalid:80>\n</VirtualHost>",
                "AH00547: Could not resolve host name nosuchhost.invalid -- ignoring!"),
        ])
    func warnings(warning: Case) throws {
        let result = try runServer(on: ServerRoot(warning.given, modules: ["authz_core"]))
        #expect(result.status == 0)
        #expect(result.errors.contains(warning.expected))
        #expect(result.messages == ["Syntax OK"])
    }
}

private func invalid(_ command: String) -> String {
    "Invalid command '\(command)', perhaps misspelled or defined by a module not included in the server configuration"
}
