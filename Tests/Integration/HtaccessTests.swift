// SPDX-License-Identifier: Apache-2.0

import Support
import Testing

/// Compatibility line 22; manual: howto/htaccess, mod/core AllowOverride.
@Suite(".htaccess")
struct HtaccessTests {
    @Test("is not read where AllowOverride is None")
    func none() throws {
        #expect(try seen("AllowOverride None", "nonsense") == "200")
    }

    /// The manual says that None is the default; Apache stops at commands nobody knows all the same.
    @Test("may say nothing by default")
    func byDefault() throws {
        #expect(try seen("", "nonsense") == (underApache ? "500" : "200"))
    }

    @Test(
        "may say what AllowOverride lets it",
        arguments: [
            Case("All\nHeader set X yes", "200 yes"), Case("None\nHeader set X yes", "200"),
            Case("FileInfo\nHeader set X yes", "200 yes"),
            Case("AuthConfig\nHeader set X yes", "500"),
            Case("AuthConfig\nRequire all denied", "403"),
            Case("FileInfo\nRequire all denied", "500"),
            Case("Options\nOptions None", "200"), Case("Options=Indexes\nOptions +Indexes", "200"),
            Case("Options=Indexes\nOptions +ExecCGI", "500"),
            Case("Indexes\nDirectoryIndex a", "200"),
            Case("FileInfo\nDirectoryIndex a", "500"), Case("FileInfo\nErrorDocument 404 x", "200"),
            Case("All\nKeepAlive Off", "500"), Case("All\nnonsense", "500"),
            Case("All\n<Files page.txt>\nHeader set X yes\n</Files>", "200 yes"),
            Case("All\n<Directory />\n</Directory>", "500"),
            Case("All\n<Location />\n</Location>", "500"),
            Case("All\n<IfModule none>\nnonsense\n</IfModule>", "200"),
            Case("All\n<If \"true\">\nHeader set X yes\n</If>", "200 yes"),
            Case("Nonfatal=Override\nHeader set X yes", "200"),
            Case("FileInfo Nonfatal=Unknown\nnonsense\nHeader set X yes", "200 yes"),
            Case(
                "FileInfo Nonfatal=All\nnonsense\nRequire all denied\nHeader set X yes", "200 yes"),
        ])
    func allowOverride(setting: Case) throws {
        let lines = setting.given.split(separator: "\n", maxSplits: 1)
        #expect(try seen("AllowOverride \(lines[0])", String(lines[1])) == setting.expected)
    }

    @Test("may say what AllowOverrideList names")
    func allowOverrideList() throws {
        let allow = "AllowOverride None\nAllowOverrideList Header"
        #expect(try seen(allow, "Header set X yes") == "200 yes")
        #expect(try seen(allow, "Require all denied") == "500")
    }

    @Test("has the name that AccessFileName says")
    func name() throws {
        let configuration =
            "AccessFileName .config .other\n<Directory />\nAllowOverride All\n</Directory>"
        let files = ["page.txt": "", ".htaccess": "nonsense", ".other": "Header set X other"]
        let response = try withServer(configuration, modules: ["headers"], files: files) {
            try $0.get("/page.txt")
        }
        #expect(response["X"] == ["other"])
    }

    @Test("names its mistakes in the error log, and not to the client")
    func mistake() throws {
        let configuration = "<Directory \"${ROOT}/htdocs\">\nAllowOverride All\n</Directory>"
        try withServer(configuration, files: ["page.txt": "", ".htaccess": "\nnonsense"]) {
            server in
            let response = try server.get("/page.txt")
            #expect(response.status == 500)
            #expect(response.text.contains("<h1>Internal Server Error</h1>"))
            #expect(!response.text.contains("nonsense"))
            let lines = try server.waitForErrorLog("Invalid command 'nonsense'")
            #expect(lines.first?.contains("\(server.path)/htdocs/.htaccess: ") == true)
        }
    }

    @Test("has the lines told in the error log that Nonfatal skips")
    func skipped() throws {
        let configuration = """
            <Directory "${ROOT}/htdocs">
                AllowOverride Indexes Nonfatal=All
            </Directory>
            """
        let files = ["page.txt": "", ".htaccess": "nonsense\nErrorDocument 404 x"]
        try withServer(configuration, files: files) { server in
            #expect(try server.get("/page.txt").status == 200)
            try server.waitForErrorLog("AH02296: Unknown directive nonsense perhaps misspelled")
            try server.waitForErrorLog(
                "AH02295: ErrorDocument in .htaccess forbidden by AllowOverride")
        }
    }

    @Test("names in the error log what it may not say, and what would let it")
    func forbidden() throws {
        let configuration = """
            <Directory "${ROOT}/htdocs">
                AllowOverride AuthConfig
            </Directory>
            """
        let files = ["page.txt": "", ".htaccess": "ErrorDocument 404 x"]
        try withServer(configuration, files: files) { server in
            #expect(try server.get("/page.txt").status == 500)
            let line =
                try server.waitForErrorLog(".htaccess: ErrorDocument not allowed here")
                .first ?? ""
            #expect(
                underApache || line.hasSuffix(" (AllowOverride FileInfo lets it stand here)"))
        }
    }

    @Test("acts at once when it is written, changed and removed")
    func changes() throws {
        let configuration = "<Directory \"${ROOT}/htdocs\">\nAllowOverride All\n</Directory>"
        try withServer(configuration, modules: ["headers"], files: ["page.txt": ""]) { server in
            var seen: [[String]] = []
            seen.append(try server.get("/page.txt")["X"])
            try server.write(".htaccess", "Header set X one")
            seen.append(try server.get("/page.txt")["X"])
            try server.write(".htaccess", "Header set X two")
            seen.append(try server.get("/page.txt")["X"])
            try server.write(".htaccess", "")
            seen.append(try server.get("/page.txt")["X"])
            #expect(seen == [[], ["one"], ["two"], []])
        }
    }

    @Test("is not served")
    func notServed() throws {
        let configuration = "<FilesMatch \"^\\.ht\">\nRequire all denied\n</FilesMatch>"
        let response = try withServer(configuration, files: [".htaccess": ""]) {
            try $0.get("/.htaccess")
        }
        #expect(response.status == 403)
    }

    @Test("that cannot be read forbids the folder")
    func unreadable() throws {
        let configuration = "<Directory \"${ROOT}/htdocs\">\nAllowOverride All\n</Directory>"
        try withServer(configuration, files: ["page.txt": ""]) { server in
            try server.write(".htaccess", "", mode: 0o000)
            let response = try server.get("/page.txt")
            #expect(response.status == 403)
            try server.waitForErrorLog("AH00529: ")
        }
    }
}

private func seen(_ allow: String, _ htaccess: String) throws -> String {
    let configuration = "<Directory \"${ROOT}/htdocs\">\n\(allow)\n</Directory>"
    let response = try withServer(
        configuration, modules: ["headers", "dir"], files: ["page.txt": "", ".htaccess": htaccess]
    ) { try $0.get("/page.txt") }
    return (["\(response.status)"] + response["X"]).joined(separator: " ")
}
