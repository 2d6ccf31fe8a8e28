using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using NetWhy.Linux;
using NetWhy.Tests.App;
using NetWhy.Tests.Tools.Dig;
using NetWhy.Tools.OpenSsl;
using Xunit;

namespace NetWhy.Tests.Tools.OpenSsl;

/// <summary>The same command lines of s_client for openssl and for netwhy at the same servers: both streams line by line, and exit codes.</summary>
public sealed partial class ClientAgainstOpenSslTests(ClientServers servers) : IClassFixture<ClientServers>
{
    private const string Trust = "-CAfile root.pem -no-CApath";

    // The server's name, options, and behind a bar what standard input holds.
    private const string Lines = """
        good
        good -CAfile root.pem
        good -tls1_2 -CAfile root.pem -verify_hostname www.lab.test
        good -tls1_2 -verify_hostname other.test -CAfile root.pem
        good -verify_ip 10.1.2.3 -CAfile root.pem
        good -tls1_3 -showcerts
        good -brief
        good -brief -tls1_2 -CAfile root.pem
        good -servername www.lab.test
        good -servername www.lab.test -brief
        good -servername unknown.test
        good -noservername
        good -alpn h2,http/1.1
        good -alpn h2 -brief
        good -alpn http/1.1
        good -alpn http/1.1 -brief
        good -status -CAfile root.pem
        good -status -tls1_2
        good -verify 3
        good -verify 3 -verify_return_error
        good -verify_return_error -CAfile root.pem
        good -verify_quiet -CAfile root.pem
        good -attime 4000000000 -CAfile root.pem
        good -attime 1000000000 -CAfile root.pem
        good -purpose sslclient -CAfile root.pem
        good -crl_check -CAfile root.pem
        good -crl_check -CAfile root.pem -CRL intermediate.crl
        good -crl_check -CAfile root.pem -CRL der.crl -CRLform DER
        good -partial_chain -CAfile intermediate.pem -no-CApath
        good -auth_level 5 -CAfile root.pem
        good -verify_depth 0 -CAfile root.pem
        good -nameopt RFC2253 -showcerts
        good -msg -tls1_2
        good -msg -ign_eof|hello
        good -state
        good -state -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA
        good -tlsextdebug -CAfile root.pem
        good -debug -tls1_2
        good -trace -tls1_2
        good -keymatexport label -keymatexportlen 16
        good -prexit -tls1_2
        good -reconnect -tls1_2
        good -ciphersuites TLS_AES_128_GCM_SHA256 -groups P-384
        good -curves P-256 -tls1_2 -sigalgs ECDSA+SHA384
        good -tls1
        good -tls1_1
        good -no_tls1_3
        good -no_tls1_3 -no_tls1_2
        good -no_ticket -no_etm -tls1_2
        good -rand /etc/hostname:/dev/urandom -tls1_2
        good -rand root.pem -brief
        good -fallback_scsv -tls1_2
        good -fallback_scsv
        good -maxfraglen 512 -tls1_2 -tlsextdebug
        good -maxfraglen 2048 -msg
        good -max_send_frag 512 -msg -ign_eof|hello
        good -max_send_frag 100
        good -maxfraglen 0
        good -ign_eof|hello
        good -ign_eof -tls1_2|hello
        good -quiet|hello
        good -nocommands -ign_eof|Quit
        good|Q
        good|R
        good|K
        good|k
        renegotiating -tls1_2|R
        tickets -ign_eof|CLOSE
        tickets -ign_eof -tls1_2|CLOSE
        tickets -ign_eof -state|CLOSE
        demanding -ign_eof|hello
        demanding -tls1_2
        demanding -ign_eof -cert client.pem -key leaf.key -cert_chain intermediate.pem|hello
        demanding -brief -ign_eof -cert client.pem -key leaf.key|hello
        demanding -brief -ign_eof -cert client.der -key leafkey.der|hello
        demanding -ign_eof -certform DER -cert client.der -keyform PEM -key leaf.key|hello
        demanding -cert client.pem -key intermediate.key
        asking -CAfile root.pem
        asking -tls1_2 -cert client.pem -key leaf.key -cert_chain intermediate.pem
        asking -tls1_2 -partial_chain -CAfile bundle.pem -cert client.pem -key leaf.key
        asking -brief
        alone -CAfile root.pem
        alone -tls1_3
        alone -verify_return_error
        self
        self -CAfile every.pem
        narrow
        narrow -groups X25519
        narrow -ciphersuites TLS_AES_128_GCM_SHA256
        narrow -tls1_2
        fatal -servername other.test
        web -quiet|GET /staple.txt HTTP/1.0
        plain
        plain -brief
        plain -quiet
        nginx -CAfile root.pem
        nginx -tls1_2 -no_ticket
        nginx-demanding
        nginx-demanding -cert client.pem -key leaf.key -cert_chain intermediate.pem -no_ticket
        nginx-rejecting
        nginx-rejecting -servername www.lab.test
        nginx-camellia
        nginx-stapling -status -CAfile root.pem
        haproxy -alpn http/1.1 -no_ticket
        haproxy -tls1_3
        haproxy-strict
        haproxy-strict -servername other.test
        haproxy-strict -servername www.lab.test -no_ticket
        haproxy-demanding
        haproxy-demanding -cert client.pem -key leaf.key -cert_chain intermediate.pem -no_ticket
        haproxy-newest -tls1_2
        haproxy-dead
        stunnel -CAfile root.pem -no_ticket
        stunnel-demanding
        stunnel-demanding -cert client.pem -key leaf.key -cert_chain intermediate.pem -no_ticket
        stunnel-newest -tls1_2
        close-notify
        http
        end
        reset
        reset -brief
        alert40
        alert40 -state -msg
        alert70 -brief
        alert112
        smtp -starttls smtp
        smtp -starttls smtp -brief
        smtp-without -starttls smtp -name me.test
        lmtp -starttls lmtp
        ftp -starttls ftp
        postgres -starttls postgres
        mysql -starttls mysql
        ldap -starttls ldap
        xmpp -starttls xmpp -xmpphost lab.test
        imap -starttls imap
        imap-without -starttls imap
        pop3 -starttls pop3
        good -starttls nothing
        good -proxy {proxy}
        good -proxy {proxy} -brief
        good -proxy {proxy} -noservername
        good -proxy {proxy-asking}
        good -proxy {proxy-asking} -proxy_user u -proxy_pass pass:p
        good -proxy {proxy-asking} -proxy_user u -proxy_pass pass:q
        good -proxy {proxy-asking} -proxy_pass p
        good -proxy {proxy-201}
        good -proxy {proxy-403}
        good -proxy {proxy-2}
        good -proxy {proxy-ssh} -brief
        good -proxy {closed}
        good -bind 127.0.0.2:0
        good -bind 127.0.0.2
        good -verify 2 -brief
        good -brief -verify 2
        extended -serverinfo 1234 -tls1_2
        extended -serverinfo 1234,18,99,1234,0,abc,70000,-1,4321 -tls1_2
        extended -serverinfo 99,18 -tls1_2 -tlsextdebug -reconnect
        extended -serverinfo 1234 -tls1_2 -brief
        extended -nextprotoneg two -tls1_2
        extended -nextprotoneg three,,four -tls1_2
        extended -nextprotoneg one -tls1_2 -brief
        extended -nextprotoneg one -tls1_3
        extended -nextprotoneg , -tls1_2
        good -nextprotoneg one -tls1_2
        closed -serverinfo 16,43
        good -bind 192.0.2.1:0
        good -bind [::1]:0
        good -bind [::1]
        good -ign_eof -crlf|hello
        closed -CAfile nowhere.pem
        closed -cipher nothing
        closed -sess_in nowhere.pem
        closed -pass env:NETWHY_NOT_SET
        closed
        closed -quiet
        closed -brief -servername x.test
        good -cipher nothing
        good -ciphersuites nothing
        good -curves nothing
        good -CAfile nowhere.pem
        good -sess_in nowhere.pem
        good -tls1_2 -tls1_3
        good -tls1_2 -no_tls1
        good -4 -6
        good -noservername -servername x
        good -verify abc
        good -verify 0
        good -unknown
        good -alpn ,
        good surplus
        """;

    [Theory]
    [InlineData("openssl")]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    [InlineData("stunnel")]
    public void Both_streams_and_exit_codes_are_those_of_openssl(string program)
    {
        Assert.SkipUnless(program is "openssl" || servers.Has(program), $"{program} is not installed");
        var differences = new ConcurrentBag<string>();
        Parallel.ForEach(Lines.Split('\n').Where(line => ProgramOf(line) == program), new ParallelOptions { MaxDegreeOfParallelism = 4 }, line =>
        {
            string[] parts = line.Split('|');
            string[] words = parts[0].Split(' ');
            string[] arguments = ["s_client", "-connect", Address(words[0]), .. Addressed(words[1..])];
            // The end of "hello" is a server's that reads backwards: it closes where it reads CLOSE.
            string input = parts.Length < 2 ? "" : parts[1] is "hello" ? "hello\nCLOSE\n" : parts[1].StartsWith("GET", StringComparison.Ordinal) ? parts[1] + "\r\n\r\n" : parts[1] + "\n";
            if (parts.Length > 1 && parts[1] is "Quit")
                input += "CLOSE\n";
            ProgramResult theirs = Masked(Run("openssl", arguments, input)), ours = Masked(Ours(arguments[1..], input));
            if (theirs != ours)
                differences.Add($"openssl s_client {line}\n{Difference(theirs, ours)}");
        });

        Assert.True(differences.IsEmpty, string.Join("\n\n", differences));
    }

    [Fact]
    public void A_saved_session_is_gone_on_with()
    {
        string mine = Path.Combine(servers.Place, "mine.session"), key = Path.Combine(servers.Place, "mine.keys");
        Client("tickets", "-sess_out mine.session -ign_eof -keylogfile mine.keys", "CLOSE\n");
        JsonElement resumed = Json("tickets", "-sess_in mine.session -ign_eof", "CLOSE\n");
        ProgramResult byOpenSsl = Run("openssl", ["s_client", "-connect", Address("tickets"), "-sess_in", mine, "-ign_eof"], "CLOSE\n");

        Assert.True(resumed.GetProperty("session").GetProperty("resumed").GetBoolean());
        Assert.Contains("Reused, TLSv1.3", byOpenSsl.Output, StringComparison.Ordinal);
        Assert.Contains("CLIENT_HANDSHAKE_TRAFFIC_SECRET", File.ReadAllText(key), StringComparison.Ordinal);
        Assert.StartsWith("# SSL/TLS secrets log file, generated by OpenSSL\n", File.ReadAllText(key), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2", "")]
    [InlineData("-tls1_3", "-showcerts")]
    [InlineData("-tls1_2", "-brief")]
    public void A_session_from_a_file_is_shown_as_openssl_shows_it(string version, string options)
    {
        string session = Path.Combine(servers.Place, $"theirs{version}{options}.session");
        Run("openssl", ["s_client", "-connect", Address("tickets"), version, "-sess_out", session, "-CAfile", "root.pem", "-ign_eof"], "CLOSE\n");
        string[] words = ["-connect", Address("tickets"), version, "-sess_in", session, "-ign_eof", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        ProgramResult theirs = Run("openssl", ["s_client", .. words], "CLOSE\n"), ours = Ours(words, "CLOSE\n");

        Assert.True(Masked(theirs) == Masked(ours), Difference(Masked(theirs), Masked(ours)));
        Assert.Contains("www.lab.test", ours.Output + ours.Error, StringComparison.Ordinal);
        Assert.Equal(options != "-brief", ours.Output.Contains("Reused, ", StringComparison.Ordinal));
        JsonElement facts = Json("tickets", $"{version} -sess_in {session} -ign_eof", "CLOSE\n");
        Assert.Equal(0, facts.GetProperty("verification").GetProperty("code").GetInt32());
        Assert.Contains(facts.GetProperty("statements").EnumerateArray(), one => one.GetProperty("kind").ValueEquals("saved-verdict"));
    }

    // What the server sends holds a signature, whose size differs from time to time; what the client sends does not.
    [Theory]
    [InlineData("good", "-tls1_2")]
    [InlineData("good", "-tls1_3")]
    [InlineData("smtp", "-starttls smtp")]
    [InlineData("imap", "-starttls imap")]
    [InlineData("good", "-proxy {proxy}")]
    public void Octets_are_counted_as_openssl_counts_them(string server, string options)
    {
        string[] words = ["-connect", Address(server), .. Addressed(options.Split(' '))];

        string theirs = Written().Match(Run("openssl", ["s_client", .. words], "").Output).Value;

        Assert.NotEqual("", theirs);
        Assert.Equal(theirs, Written().Match(Ours(words, "").Output).Value);
    }

    [Theory]
    [InlineData("-sess_in", "", 1, "Can't open session file")]
    [InlineData("-keylogfile", "", 1, "Error writing keylog file")]
    [InlineData("-msgfile", "", 1, "Error writing file")]
    [InlineData("-pass", "file:", 1, "Can't open file")]
    [InlineData("-keylogfile", "/dev/full", 0, "No space left on device")]
    public void A_file_that_is_none_or_full_is_told(string option, string value, int exitCode, string expected)
    {
        ProgramResult result = Ours(["-connect", Address("good"), option, value], "Q\n");

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3000)]
    [InlineData(null)]
    [UnsupportedOSPlatform("windows")]
    public void Seeds_are_written_where_nobody_else_may_read_them(int? size)
    {
        const UnixFileMode AllMayRead = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        string folder = Directory.CreateTempSubdirectory("netwhy-seeds").FullName;
        try
        {
            string theirs = Path.Combine(folder, "theirs"), ours = Path.Combine(folder, "ours");
            foreach (string path in size is null ? [] : (string[])[theirs, ours])
            {
                File.WriteAllBytes(path, new byte[size ?? 0]);
                File.SetUnixFileMode(path, AllMayRead);
            }

            int exitCode = Run("openssl", ["s_client", "-connect", Address("good"), "-writerand", theirs], "Q\n").ExitCode;

            Assert.Equal(exitCode, Ours(["-connect", Address("good"), "-writerand", ours], "Q\n").ExitCode);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(theirs));
            Assert.Equal(File.GetUnixFileMode(theirs), File.GetUnixFileMode(ours));
            Assert.Equal(new FileInfo(theirs).Length, new FileInfo(ours).Length);
            Assert.Contains(File.ReadAllBytes(ours)[..1024], octet => octet != 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Seeds_are_written_to_no_pipe()
    {
        string pipe = Path.Combine(Directory.CreateTempSubdirectory("netwhy-seeds").FullName, "pipe");
        Assert.Equal(0, Run("mkfifo", ["-m", "644", pipe], "").ExitCode);
        UnixFileMode before = File.GetUnixFileMode(pipe);
        using var reader = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite); // who writes would not wait

        ProgramResult result = Ours(["-connect", Address("good"), "-writerand", pipe], "Q\n");

        Assert.Equal(Run("openssl", ["s_client", "-connect", Address("good"), "-writerand", pipe], "Q\n").ExitCode, result.ExitCode);
        Assert.Contains("Cannot write random bytes:", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.GetUnixFileMode(pipe));
        Directory.Delete(Path.GetDirectoryName(pipe)!, recursive: true);
    }

    [Fact]
    public void Patience_is_counted_for_each_handshake()
    {
        ProgramResult result = Client("once", "-reconnect --give-up-after 0.3 --why", "");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("given up as --give-up-after says", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_browser_looks_at_alternative_names_alone()
    {
        using LibraryCertificate client = Certificate("client.pem"), every = Certificate("every.pem");

        Assert.True(client.IsForHost("client.lab.test"));
        Assert.False(client.IsForHostOfBrowser("client.lab.test"));
        Assert.True(every.IsForHostOfBrowser("x.b.test"));
        Assert.False(every.IsForHostOfBrowser(".b.test"));
    }

    [Fact]
    public void Json_has_each_message_in_its_order_and_the_chain_as_sent()
    {
        JsonElement facts = Json("good", $"{Trust} -alpn h2 -servername www.elsewhere.test -status", "Q\n");

        JsonElement[] messages = [.. facts.GetProperty("messages").EnumerateArray()];
        Assert.Equal(
            ["ClientHello", "ServerHello", "EncryptedExtensions", "Certificate", "CertificateVerify", "Finished", "ChangeCipherSpec", "Finished", "close_notify"],
            messages.Select(message => message.GetProperty("name").GetString()).Take(9));
        Assert.Equal("sent", messages[0].GetProperty("direction").GetString());
        Assert.Equal(messages.Select(message => message.GetProperty("microseconds").GetInt64()).Order(), messages.Select(message => message.GetProperty("microseconds").GetInt64()));
        Assert.Equal(["CN = www.lab.test", "O = Lab, CN = Intermediate"], facts.GetProperty("chain").EnumerateArray().Select(one => one.GetProperty("subject").GetString()));
        Assert.Equal("h2", facts.GetProperty("session").GetProperty("alpn").GetString());
        Assert.Equal(File.ReadAllBytes(Path.Combine(servers.Place, "staple.der")), facts.GetProperty("staple").GetBytesFromBase64());
        Assert.Equal(0, facts.GetProperty("verification").GetProperty("code").GetInt32());
        Assert.Contains(facts.GetProperty("statements").EnumerateArray(), one => one.GetProperty("kind").ValueEquals("name-not-checked") && one.GetProperty("severity").ValueEquals("warning"));
    }

    [Fact]
    public void Without_a_handshake_nothing_is_called_verified()
    {
        JsonElement facts = Json("good", "-alpn http/1.1", "");

        Assert.Equal("handshake", facts.GetProperty("failedAt").GetString());
        Assert.False(facts.GetProperty("verification").GetProperty("done").GetBoolean());
        Assert.False(facts.GetProperty("verification").TryGetProperty("code", out _));
        Assert.Contains(facts.GetProperty("messages").EnumerateArray(), one => one.GetProperty("name").ValueEquals("no_application_protocol") && one.GetProperty("direction").ValueEquals("received"));
    }

    [Theory]
    [InlineData("alone", Trust, "No certificate of O=Lab, CN=Intermediate is at hand")]
    [InlineData("good", "-no-CAfile -no-CApath", "No certificate of O=Lab, CN=Root is at hand")]
    [InlineData("good", Trust, "the exit code is 0 all the same", false)]
    [InlineData("demanding", Trust + " -tls1_2", "demands a client certificate")]
    [InlineData("plain", "", "is no TLS")]
    [InlineData("closed", "", "The port is closed")]
    [InlineData("silent", "--give-up-after 0.3", "the server says nothing more")]
    [InlineData("silent", "-starttls smtp --give-up-after 0.3", "If TLS is spoken from the first octet there, leave -starttls out")]
    [InlineData("good", "-proxy {closed}", "The port is closed: the proxy 127.0.0.1:1 answered")]
    [InlineData("good", "-proxy {proxy-403}", "did not make the connection to the server")]
    [InlineData("good", "-proxy {silent} --give-up-after 0.3", "does not answer the wish to connect")]
    [InlineData("good", "-bind 192.0.2.1:0", "-bind 192.0.2.1:0 cannot be had: Cannot assign requested address")]
    [InlineData("good", "-bind [::1]:0", "it is of another family")]
    [InlineData("alert42", "", "bad_certificate: it does not say more")]
    [InlineData("narrow", "-tls1_2", "speaks none of the versions offered (TLSv1.2-TLSv1.2)")]
    public void Why_says_what_it_means(string server, string options, string expected, bool isSaid = true)
    {
        ProgramResult result = Client(server, options + " --why", "Q\n");

        Assert.Equal(isSaid, Blanks().Replace(result.Error, " ").Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-dtls", "TLS over TCP is there")]
    [InlineData("-verifyCAfile root.pem", "-CAfile and -CApath are there")]
    [InlineData("-psk 00", "openssl s_client has it")]
    [InlineData("-starttls nntp", "smtp, lmtp, imap")]
    public void What_is_missing_is_refused_by_name(string options, string instead)
    {
        ProgramResult result = Client("good", options, "");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(options.Split(' ')[0], result.Error, StringComparison.Ordinal);
        Assert.Contains(instead, result.Error, StringComparison.Ordinal);
    }

    // The program whose server a line is for: its first word begins with it, and all others are of openssl, or of our own.
    private static string ProgramOf(string line) =>
        Array.Find(["nginx", "haproxy", "stunnel"], program => line.StartsWith(program, StringComparison.Ordinal)) ?? "openssl";

    private string Address(string server) => $"127.0.0.1:{servers.PortOf(server)}";

    private ProgramResult Client(string server, string options, string input) =>
        Ours(["-connect", Address(server), .. Addressed(options.Split(' ', StringSplitOptions.RemoveEmptyEntries))], input);

    private LibraryCertificate Certificate(string name)
    {
        using X509Certificate2 read = X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(servers.Place, name)));
        return LibraryCertificate.Read(read.RawData, hasTrust: false)!;
    }

    // The name of a server in braces stands for its address.
    private string[] Addressed(string[] words) => [.. words.Select(word => word is ['{', .. var name, '}'] ? Address(name) : word)];

    // In this process, as the start of another takes longer than all that it does.
    private ProgramResult Ours(string[] words, string input)
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, input);
        using SafeFileHandle file = File.OpenHandle(path);
        File.Delete(path);
        using var host = new CollectingHost();
        string[] placed = [.. words.Select(word => Path.GetExtension(word) is ".pem" or ".der" or ".key" or ".crl" or ".session" or ".keys" ? Path.Combine(servers.Place, word) : word)];
        int exitCode = new OpenSslTool().RunClient(placed, host, (int)file.DangerousGetHandle());
        return new ProgramResult(exitCode, Unplaced(Encoding.Latin1.GetString(host.Octets)), Unplaced(host.Notes));
    }

    private string Unplaced(string text) => text.Replace(servers.Place + "/", "", StringComparison.Ordinal);

    private JsonElement Json(string server, string options, string input) => JsonDocument.Parse(Client(server, options + " --json", input).Output).RootElement;

    private ProgramResult Run(string program, string[] words, string input)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, words)
        {
            WorkingDirectory = servers.Place,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardErrorEncoding = Encoding.Latin1,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            process.Kill();
            throw new TimeoutException($"{program} {string.Join(' ', words)} does not end");
        }

        return new ProgramResult(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    private static ProgramResult Masked(ProgramResult result) => new(result.ExitCode, Masked(result.Output), Masked(result.Error));

    private static string Masked(string text)
    {
        text = QueueLine().Replace(text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\t", "        ", StringComparison.Ordinal), "X:error:");
        text = ConfigurationLine().Replace(text, "set_$1:$2:LINE:");
        text = Secrets().Replace(text, "$1 X");
        text = Counts().Replace(text, "N bytes");
        text = Pointers().Replace(text, "P");
        text = Hex().Replace(text, "$1HEX\n");
        text = Trace().Replace(text, "$1X");
        return Repeated().Replace(text, "$1");
    }

    private static string Difference(ProgramResult theirs, ProgramResult ours)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"exit codes {theirs.ExitCode} and {ours.ExitCode}\n");
        foreach ((string name, string left, string right) in new[] { ("output", theirs.Output, ours.Output), ("error", theirs.Error, ours.Error) })
        {
            string[] first = left.Split('\n'), second = right.Split('\n');
            int same = first.Zip(second).TakeWhile(pair => pair.First == pair.Second).Count();
            if (left != right)
                text.Append(CultureInfo.InvariantCulture, $"{name}, line {same}:\n< {string.Join("\n< ", first.Skip(same).Take(6))}\n> {string.Join("\n> ", second.Skip(same).Take(6))}\n");
        }

        return text.ToString();
    }

    [GeneratedRegex(@"(?<=and )written \d+ bytes")]
    private static partial Regex Written();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    // Begins with the number of a thread.
    [GeneratedRegex("^[0-9A-F]{12,16}:error:", RegexOptions.Multiline)]
    private static partial Regex QueueLine();

    // What is told to all sessions, and what to one.
    [GeneratedRegex(@"SSL_(?:CTX_)?set_(\w+):([^:\n]*:[^:\n]*):\d+:")]
    private static partial Regex ConfigurationLine();

    [GeneratedRegex(@"(Session-ID:|Resumption PSK:|Master-Key:|Start Time:|Keying material:) ?[0-9A-F]*")]
    private static partial Regex Secrets();

    [GeneratedRegex(@"\d+ bytes(?: => \d+ \(0x[0-9A-F]+\))?|(?<=length )[0-9a-f]{4}")]
    private static partial Regex Counts();

    [GeneratedRegex(@"0x[0-9a-f]+ \[0x[0-9a-f]+\]")]
    private static partial Regex Pointers();

    // Lines of octets, such as BIO_dump and -msg print them.
    [GeneratedRegex(@"^( *)(?:[0-9a-f]{4} - [0-9a-f].*|[0-9a-f]{2}(?: [0-9a-f]{2})*) *\n", RegexOptions.Multiline)]
    private static partial Regex Hex();

    [GeneratedRegex(@"((?:gmt_unix_time=|random_bytes \(len=28\): |session_id \(len=\d+\): |\(len=\d+\): ?|Length = |Signature \(len=|verify_data \(len=|ticket\S* \(len=|length=|ServerKeyExchange, Length=)).*")]
    private static partial Regex Trace();

    [GeneratedRegex(@"( *HEX\n)(?: *HEX\n)+")]
    private static partial Regex Repeated();
}
