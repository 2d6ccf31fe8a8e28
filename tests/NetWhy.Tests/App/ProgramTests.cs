using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using NetWhy.App;
using NetWhy.App.Commands;
using NetWhy.App.Render;
using Xunit;

namespace NetWhy.Tests.App;

/// <summary>The program from outside: exit codes, streams, signals. Targets are on this machine only.</summary>
public sealed class ProgramTests : IDisposable
{
    // Port 1 (tcpmux) has no service on any machine of ours; a refusal is quick and certain.
    private const string ClosedPort = "127.0.0.1:1";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netwhy-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Says_its_version()
    {
        ProgramResult result = NetWhyProgram.Run("--version");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches(@"^netwhy \d+\.\d+\.\d+\n$", result.Output);
        Assert.Equal(result.Output, NetWhyProgram.Run("--no-color", "--version").Output);
    }

    [Theory]
    [InlineData("--help", "help.txt")]
    [InlineData("diagnose --help", "help-diagnose.txt")]
    [InlineData("explain -h", "help-explain.txt")]
    [InlineData("completion --help", "help-completion.txt")]
    [InlineData("host --help", "help-host.txt")]
    public void Helps(string arguments, string file)
    {
        ProgramResult result = NetWhyProgram.Run(arguments.Split(' '));

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Snapshot.Matches(file, result.Output);
    }

    [Fact]
    public void Every_command_has_help_with_what_it_does()
    {
        foreach (System.CommandLine.Command command in CommandLine.Root().Subcommands.Where(command => !command.Hidden))
            Assert.StartsWith(command.Description!, HelpText.Of(command), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "the target is empty")]
    [InlineData("ftp://host", "unknown scheme 'ftp'")]
    [InlineData("host:70000", "ports go from 1 to 65535")]
    [InlineData("http://", "the host is empty")]
    [InlineData("a b", "'a b' has a space")]
    [InlineData("a\u001b[2Jb", @"\x1b[2Jb")]
    [InlineData("--jsn", "unknown option '--jsn': did you mean --json?")]
    [InlineData("--frobnicate", "unknown option '--frobnicate': see netwhy --help")]
    [InlineData("@file", "leave out the user name")]
    [InlineData("[diagram]", "'diagram' is no IPv6 address")]
    [InlineData("[suggest:1]", "'suggest:1' is no IPv6 address")]
    [InlineData("12345", "write :12345 for a service on this machine, pid:12345 for a process")]
    [InlineData("1234567", "'1234567' is no host: write pid:1234567 for a process")]
    [InlineData("help", "did you mean netwhy --help? For a host of that name: netwhy -- help")]
    [InlineData("version", "did you mean netwhy --version?")]
    [InlineData("diagnos", "did you mean netwhy diagnose?")]
    public void Misuse_is_one_line_and_exit_code_2(string target, string expected) =>
        IsRefused(2, expected, NetWhyProgram.Run(target));

    [Theory]
    [InlineData("pid:2147483647", "there is no process 2147483647")]
    [InlineData("host --pid 2147483647", "there is no process 2147483647")]
    [InlineData("ss --pid 2147483647", "there is no process 2147483647")]
    [InlineData("tcpdump --pid 2147483647 -D", "there is no process 2147483647")]
    [InlineData(":80 --pid 2147483647", "there is no process 2147483647")]
    [InlineData(":80 --net nonesuch", "there is no network namespace 'nonesuch'")]
    [InlineData("host --net nonesuch", "there is no network namespace 'nonesuch'")]
    [InlineData("ss --net nonesuch", "there is no network namespace 'nonesuch'")]
    [InlineData("tcpdump --net nonesuch -D", "there is no network namespace 'nonesuch'")]
    public void A_process_or_namespace_that_does_not_exist_is_one_line_and_exit_code_3(string line, string expected) =>
        IsRefusedByAny(3, expected, NetWhyProgram.Run(line.Split(' ')));

    [Theory]
    [InlineData("host --pid abc", "--pid: 'abc' is no number of a process")]
    [InlineData("ss --pid abc", "--pid: 'abc' is no number of a process")]
    [InlineData(":80 --pid abc", "--pid: 'abc' is no number of a process")]
    [InlineData(":80 --pid 1 --net a", "--net and --pid name two namespaces")]
    public void A_namespace_that_makes_no_sense_is_one_line_and_exit_code_2(string line, string expected) =>
        IsRefusedByAny(2, expected, NetWhyProgram.Run(line.Split(' ')));

    [Theory]
    [InlineData("host other", "'other'")]
    [InlineData("host --jsn", "did you mean --json?")]
    [InlineData("web1 --timeout", "--timeout")]
    [InlineData("web1 --timeout soon", "'soon' is no number of seconds")]
    [InlineData("web1 --timeout -1", "--timeout")]
    [InlineData("web1 --timeout 0", "from 1 to")]
    [InlineData("web1 --timeout NaN", "from 1 to")]
    [InlineData("web1 --expect nowhere", "--expect: 'nowhere' is no address")]
    [InlineData("web1 --expect 10.0.0.1:80", "--expect")]
    [InlineData("web1 --resolve other:10.0.0.1", "it is about other, the target is web1")]
    [InlineData("web1 --resolve nonsense", "neither ADDR nor HOST:ADDR")]
    [InlineData("10.0.0.1 --resolve 10.0.0.2", "no name to resolve")]
    [InlineData("explain path-mtu-blackhole", "path-mtu-black-hole")]
    [InlineData("explain xyzzy", "netwhy explain lists them")]
    [InlineData("explain --jsno", "did you mean --json?")]
    [InlineData("completion tcsh", "tcsh")]
    [InlineData("completion", "SHELL")]
    [InlineData("diagnose", "FILE")]
    [InlineData("lab test --jobs many", "'many' for option '--jobs': see netwhy lab test --help")]
    [InlineData("lab test --jobs 0", "--jobs must be at least 1")]
    [InlineData("help explain", "did you mean netwhy --help?")]
    [InlineData("pingg 127.0.0.1", "netwhy has no command or tool 'pingg': did you mean netwhy ping?")]
    [InlineData("tracerout -n 127.0.0.1", "did you mean netwhy traceroute?")]
    [InlineData("ss- -t", "did you mean netwhy ss?")]
    [InlineData("dgi +short localhost", "did you mean netwhy dig?")]
    [InlineData("tracepath 127.0.0.1", "did you mean netwhy mtu?")]
    [InlineData("localhost 127.0.0.1", "a target is one word ('127.0.0.1' is a second)")]
    [InlineData("diagnos file.jsonl", "did you mean netwhy diagnose?")]
    [InlineData("lab up path-mtu-blackhole", "did you mean path-mtu-black-hole")]
    [InlineData("lab test healthy-htps", "did you mean healthy-https")]
    [InlineData("web1 --cacert /etc/passwd", "--cacert: /etc/passwd holds no certificate")]
    [InlineData("web1 --save ", "the word after --save is empty")]
    [InlineData("web1 --verbose=yes", "'yes'")]
    [InlineData("http://127.0.0.1/ --symptom slower", "--symptom: 'slower' is none of timeout, 5xx, slow")]
    [InlineData("127.0.0.1 --symptom timeout", "--symptom: '127.0.0.1' names no port to repeat requests at: give a URL or HOST:PORT")]
    [InlineData("udp://127.0.0.1:53 --symptom timeout", "only requests of HTTP and TCP connections are repeated")]
    [InlineData("127.0.0.1:22 --symptom 5xx", "--symptom: 5xx is an answer of HTTP")]
    [InlineData("127.0.0.1:80 --duration 5", "--duration says how requests are repeated: give --symptom")]
    [InlineData("127.0.0.1:80 --symptom slow --duration 0", "--duration: '0' is no number of seconds from 1 to 600")]
    [InlineData("127.0.0.1:80 --slow-after 1", "--slow-after says how requests are repeated: give --symptom")]
    [InlineData("127.0.0.1:80 --symptom slow --slow-after 500ms", "--slow-after: '500ms' is no number of seconds from 0.001 to 120")]
    [InlineData("127.0.0.1:80 --symptom slow --slow-after 10", "--slow-after: a request may take 10 s (--max-time), and is over before it is late from 10 s on")]
    [InlineData("127.0.0.1:80 --symptom slow -n many", "--count: 'many' is no number from 1 to 2000")]
    public void Misuse_of_options_is_one_line_and_exit_code_2(string arguments, string expected) =>
        IsRefused(2, expected, NetWhyProgram.Run(arguments.Split(' ')));

    [Theory]
    [InlineData("127.0.0.1 --save /nonexistent/file", "--save /nonexistent/file: the folder is not there")]
    [InlineData("127.0.0.1 --save /", "--save /: that is a folder")]
    [InlineData("127.0.0.1 --cacert /nonexistent.pem", "--cacert /nonexistent.pem: ")]
    [InlineData("diagnose /nonexistent.jsonl", "/nonexistent.jsonl")]
    [InlineData("diagnose /", "/")]
    [InlineData("diagnose /dev/null", "/dev/null: holds no evidence")]
    [InlineData("diagnose /etc/passwd", "/etc/passwd: that is no file that --save made")]
    [InlineData("127.0.0.1 --save /etc/passwd", "--save /etc/passwd: the file is there and holds no evidence")]
    [InlineData("127.0.0.1 --cacert /etc/passwd/ca.pem", "--cacert /etc/passwd/ca.pem: not a directory")]
    public void What_cannot_be_done_is_one_line_and_exit_code_3(string arguments, string expected) =>
        IsRefused(3, expected, NetWhyProgram.Run(arguments.Split(' ')));

    [Theory]
    [InlineData(2, "web1 --timeout 0 --json")]
    [InlineData(2, "--json host other")]
    [InlineData(2, "host --fix --json")]
    [InlineData(2, "ftp://host --json")]
    [InlineData(2, "--json --jsn")]
    [InlineData(2, "explain xyzzy --json")]
    [InlineData(2, "completion tcsh --json")]
    [InlineData(2, "lab frobnicate --json")]
    [InlineData(2, "lab down never-was-up --json")]
    [InlineData(2, "web1 --cacert /etc/passwd --json")]
    [InlineData(3, "web1 --cacert /nonexistent.pem --json")]
    [InlineData(3, "web1 --save /nonexistent/file --json")]
    [InlineData(3, "diagnose --json /nonexistent.jsonl")]
    public void An_error_is_an_object_too_for_who_asks_for_json(int exitCode, string arguments)
    {
        ProgramResult result = NetWhyProgram.Run(arguments.Split(' '));

        IsError(exitCode, result);
        Assert.StartsWith("netwhy: ", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.Error.Count(letter => letter == '\n'));
    }

    [Theory]
    [InlineData("lab exec never-was-up c -- netwhy --json")]
    [InlineData("lab exec never-was-up c netwhy --json")]
    public void What_is_to_be_run_elsewhere_asks_for_nothing_here(string arguments) =>
        IsRefused(2, "'never-was-up' is not up", NetWhyProgram.Run(arguments.Split(' ')));

    [Theory]
    [InlineData("--version --json", "netwhy.version/1")]
    [InlineData("explain --json", "netwhy.causes/1")]
    [InlineData("completion bash --json", "netwhy.completion/1")]
    [InlineData("lab list --json", "netwhy.lab.list/1")]
    public void Every_object_says_what_it_is(string arguments, string schema)
    {
        ProgramResult result = NetWhyProgram.Run(arguments.Split(' '));

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        using var document = JsonDocument.Parse(result.Output);
        Assert.Equal(schema, document.RootElement.GetProperty("schema").GetString());
    }

    [Fact]
    public void Evidence_comes_from_standard_input_too()
    {
        string path = Path.Combine(_folder.FullName, "kept.netwhy.jsonl");
        ProgramResult live = NetWhyProgram.Run(ClosedPort, "--json", "--save", path);
        ProgramResult kept = NetWhyProgram.Run("/bin/bash", ["-c", $"cat '{path}' | '{NetWhyProgram.Path}' diagnose - --json"], []);

        Assert.Equal((live.ExitCode, ""), (kept.ExitCode, kept.Error));
        DiagnosisContract.Check(JsonDocument.Parse(kept.Output).RootElement);
    }

    [Fact]
    public void Only_evidence_is_overwritten()
    {
        string path = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(path, "{\"schema\":\"netwhy.diagnosis/1\"}");
        IsRefused(3, "holds no evidence", NetWhyProgram.Run(ClosedPort, "--save", path));
        Assert.Equal("{\"schema\":\"netwhy.diagnosis/1\"}", File.ReadAllText(path));

        File.WriteAllText(path, "");
        for (int i = 0; i < 2; i++)
            Assert.Equal("", NetWhyProgram.Run(ClosedPort, "--json", "--save", path).Error);
    }

    [Fact]
    public void A_bad_line_of_evidence_is_named()
    {
        string path = Path.Combine(_folder.FullName, "bad.jsonl");
        Assert.Equal("", NetWhyProgram.Run("127.0.0.1", "--json", "--save", path).Error);
        File.AppendAllText(path, "\u001b[2J\n");

        ProgramResult result = NetWhyProgram.Run("diagnose", path);
        IsRefused(3, $"{path}:{File.ReadAllLines(path).Length}: no observation", result);
        Assert.DoesNotContain("BytePositionInLine", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]:1")]
    [InlineData("[0:0:0:0:0:0:0:1]")]
    [InlineData(ClosedPort)]
    [InlineData("http://localhost:1/")]
    [InlineData(":1")]
    [InlineData("udp://127.0.0.1:1")]
    [InlineData("localhost")]
    public void Json_is_the_contract(string target)
    {
        ProgramResult result = NetWhyProgram.Run(target, "--json", "--timeout", "5");

        Assert.Equal("", result.Error);
        using var report = JsonDocument.Parse(result.Output);
        DiagnosisContract.Check(report.RootElement);
        Assert.Equal(result.ExitCode, report.RootElement.GetProperty("exitCode").GetInt32());
        Assert.Equal(target, report.RootElement.GetProperty("target").GetProperty("input").GetString());
    }

    [Fact]
    public void Kept_evidence_gives_the_same_verdict()
    {
        string path = Path.Combine(_folder.FullName, "kept.netwhy.jsonl");
        ProgramResult live = NetWhyProgram.Run(ClosedPort, "--json", "--save", path);
        ProgramResult kept = NetWhyProgram.Run("diagnose", path, "--json");

        Assert.Equal(live.ExitCode, kept.ExitCode);
        using var first = JsonDocument.Parse(live.Output);
        using var second = JsonDocument.Parse(kept.Output);
        foreach (string member in new[] { "target", "startedAt", "status", "questions", "findings", "notes", "notObserved" })
            Assert.Equal(first.RootElement.GetProperty(member).GetRawText(), second.RootElement.GetProperty(member).GetRawText());
        Assert.Equal(
            first.RootElement.GetProperty("observations").GetArrayLength(), File.ReadAllLines(path).Length);
    }

    [Fact]
    public void A_pipe_gets_plain_text()
    {
        foreach (string locale in new[] { "C.UTF-8", "C" })
        {
            ProgramResult result = NetWhyProgram.Run(
                NetWhyProgram.Path, [ClosedPort, "-v"], new() { ["LC_ALL"] = locale, ["TERM"] = "xterm-256color", ["NO_COLOR"] = null });

            Assert.DoesNotContain(result.Output, letter => char.IsControl(letter) && letter != '\n');
            Assert.Equal("", result.Error);
            Assert.True(locale != "C" || result.Output.All(char.IsAscii));
        }
    }

    [Fact]
    public void A_terminal_gets_colour_unless_it_is_refused()
    {
        Assert.Contains("\e[", OnTerminal("TERM=xterm-256color NETWHY", ""), StringComparison.Ordinal);
        Assert.DoesNotContain("\e[", OnTerminal("TERM=xterm-256color NO_COLOR=1 NETWHY", " 2>/dev/null"), StringComparison.Ordinal);
        Assert.DoesNotContain("\e[", OnTerminal("TERM=xterm-256color NETWHY", " --no-color 2>/dev/null"), StringComparison.Ordinal);
        Assert.DoesNotContain("\e", OnTerminal("TERM=dumb NETWHY", ""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reader_that_closes_its_pipe_early_is_no_error()
    {
        ProgramResult result = NetWhyProgram.Run(
            "/bin/bash", ["-c", $"'{NetWhyProgram.Path}' --help | true; echo ${{PIPESTATUS[0]}}"], []);

        Assert.Equal(("0\n", ""), (result.Output, result.Error));
    }

    [Theory]
    [InlineData("--version >&-")]
    [InlineData("--help >/dev/full")]
    [InlineData("--version >/dev/full")]
    [InlineData("explain --json >/dev/full")]
    public void Output_that_cannot_be_written_is_one_line_and_exit_code_3(string rest) => IsRefused(
        3, "standard output: ", NetWhyProgram.Run("/bin/bash", ["-c", $"'{NetWhyProgram.Path}' {rest}"], []));

    [Fact]
    public void Output_in_a_file_is_appended_to_what_others_write_there()
    {
        string path = Path.Combine(_folder.FullName, "log");
        NetWhyProgram.Run("/bin/bash", ["-c", $"(echo first; '{NetWhyProgram.Path}' --version; '{NetWhyProgram.Path}' x:0; echo last) >'{path}' 2>&1"], []);

        Assert.Equal(4, File.ReadAllLines(path).Length);
    }

    [Fact]
    public void A_full_disk_is_said()
    {
        ProgramResult result = NetWhyProgram.Run("127.0.0.1", "--json", "--save", "/dev/full");

        IsRefused(3, "--save: only 0 observations were kept: no space left on device", result with { Output = "" });
        using var report = JsonDocument.Parse(result.Output);
        Assert.Equal("netwhy.diagnosis/1", report.RootElement.GetProperty("schema").GetString());
        Assert.Equal(3, report.RootElement.GetProperty("exitCode").GetInt32());
        Assert.Equal(result.Error, $"netwhy: {report.RootElement.GetProperty("error").GetString()}\n");
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task A_signal_ends_it_at_once_and_keeps_what_was_seen(string signal, int exitCode)
    {
        // A FIFO that nobody writes to holds it for ever, wherever it stands.
        string fifo = Path.Combine(_folder.FullName, "fifo");
        Process.Start("mkfifo", fifo).WaitForExit();
        // Under nohup, tests ignore SIGHUP, and what they start would, too.
        using Process process = NetWhyProgram.Start("env", ["--default-signal", NetWhyProgram.Path, "diagnose", fifo, "--json"], []);
        await WaitUntilItListensTo(process, signal);

        long begin = Stopwatch.GetTimestamp();
        Process.Start("kill", ["-s", signal, process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(10)), "it does not end");

        IsError(exitCode, new ProgramResult(
            process.ExitCode,
            await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
        Assert.InRange(Stopwatch.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task An_interrupted_terminal_has_its_cursor_back()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        string path = Path.Combine(_folder.FullName, "kept.netwhy.jsonl");
        using Process process = NetWhyProgram.Start(
            "script",
            ["-qec", $"TERM=xterm '{NetWhyProgram.Path}' http://127.0.0.1:{port}/ --save '{path}'", "/dev/null"],
            new() { ["NO_COLOR"] = null });
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        while (!process.HasExited && !(File.Exists(path) && new FileInfo(path).Length > 0))
            await Task.Delay(5, TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken); // progress shows after a moment
        await process.StandardInput.WriteAsync("\u0003".AsMemory(), TestContext.Current.CancellationToken); // Ctrl-C
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        string text = await output;
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("\e[?25l", text, StringComparison.Ordinal);
        Assert.True(text.LastIndexOf("\e[?25h", StringComparison.Ordinal) > text.LastIndexOf("\e[?25l", StringComparison.Ordinal), "the cursor stays hidden");
    }

    [Fact]
    public async Task An_interrupted_investigation_tells_and_keeps_what_was_seen()
    {
        // A listener that never accepts: the handshake is the kernel's, then nothing comes.
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        string path = Path.Combine(_folder.FullName, "kept.netwhy.jsonl");
        using Process process = NetWhyProgram.Start(
            NetWhyProgram.Path, [$"http://127.0.0.1:{port}/", "--json", "--save", path], []);
        Task ended = process.WaitForExitAsync(TestContext.Current.CancellationToken);
        while (!ended.IsCompleted && !(File.Exists(path) && new FileInfo(path).Length > 0))
            await Task.Delay(5, TestContext.Current.CancellationToken);
        Process.Start("kill", ["-s", "INT", process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        await ended;

        Assert.Equal(130, process.ExitCode);
        using var report = JsonDocument.Parse(await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal("netwhy.diagnosis/1", report.RootElement.GetProperty("schema").GetString());
        Assert.NotEqual(0, report.RootElement.GetProperty("observations").GetArrayLength());
        Assert.Equal(130, report.RootElement.GetProperty("exitCode").GetInt32());
        Assert.StartsWith("interrupted after ", report.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        ProgramResult judged = NetWhyProgram.Run("diagnose", path, "--json");
        Assert.Equal("", judged.Error);
        DiagnosisContract.Check(JsonDocument.Parse(judged.Output).RootElement);
    }

    [Fact]
    public async Task Repeated_requests_that_are_interrupted_are_told_and_are_no_success()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        using Process process = NetWhyProgram.Start(NetWhyProgram.Path, [$"127.0.0.1:{port}", "--symptom", "timeout", "--duration", "60", "--json"], []);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        for (int i = 0; i < 20; i++)
            (await listener.AcceptSocketAsync(TestContext.Current.CancellationToken)).Dispose();
        Process.Start("kill", ["-s", "INT", process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        using var report = JsonDocument.Parse(await output);
        Assert.Equal((130, 130), (process.ExitCode, report.RootElement.GetProperty("exitCode").GetInt32()));
        Assert.Contains("(cut short)", report.RootElement.GetProperty("symptom").GetProperty("load").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("interrupted after ", report.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal($"netwhy: {report.RootElement.GetProperty("error").GetString()}\n", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("", "explain completion diagnose lab")]
    [InlineData("expl", "explain")]
    [InlineData("--j", "--json")]
    [InlineData("web1 --ver", "--verbose --version")]
    [InlineData("--", "--json --save")]
    [InlineData("--json ", "explain completion diagnose lab")]
    [InlineData("host ", "")]
    [InlineData("web1 --timeout ", "")]
    [InlineData("web1 --save ", "")]
    [InlineData("explain no-route ", "")]
    [InlineData("lab down healthy-https ", "")]
    [InlineData("lab exec never-was-up ", "")]
    [InlineData("-- -", "")]
    [InlineData("completion ", "bash fish zsh")]
    [InlineData("explain no-r", "no-route")]
    [InlineData("lab ", "down exec list test up")]
    [InlineData("lab up healthy-http", "healthy-https")]
    [InlineData("diagnose ", "")]
    public void Completes(string words, string expected)
    {
        string[] candidates = CompleteCommand.Candidates(CommandLine.Root(), words.Split(' ')).Candidates;

        Assert.Subset(candidates.ToHashSet(), expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet());
        Assert.DoesNotContain("__complete", candidates);
        Assert.True(expected.Length > 0 || candidates.Length == 0);
    }

    [Theory]
    [InlineData("web1 --save ", true)]
    [InlineData("web1 --cacert ca", true)]
    [InlineData("web1 --save file ", false)]
    [InlineData("web1 --timeout ", false)]
    [InlineData("host --json ", false)]
    [InlineData("ho", false)]
    [InlineData("diagnose one two ", true)]
    [InlineData("explain ", false)]
    [InlineData("lab up ./", true)]
    [InlineData("lab down ", false)]
    [InlineData("lab exec x c ", true)]
    public void Files_complete_where_a_file_may_stand(string words, bool expected) =>
        Assert.Equal(expected, CompleteCommand.Candidates(CommandLine.Root(), words.Split(' ')).TakesFile);

    [Theory]
    [InlineData("--save", 1)]
    [InlineData("--timeout", 0)]
    public void The_exit_code_tells_the_scripts_whether_files_complete(string option, int expected) => Assert.Equal(
        new ProgramResult(expected, "", ""), NetWhyProgram.Run("__complete", "--", "host", option, ""));

    [Fact]
    public void Bash_completes_with_the_script()
    {
        ProgramResult result = NetWhyProgram.Run(
            "/bin/bash",
            ["-c", $"source <('{NetWhyProgram.Path}' completion bash); COMP_WORDS=('{NetWhyProgram.Path}' explain path-mtu-b); COMP_CWORD=2; _netwhy; echo \"${{COMPREPLY[@]}}\""],
            []);

        Assert.Equal(("path-mtu-black-hole\n", ""), (result.Output, result.Error));
    }

    [Fact]
    public void Causes_are_listed_and_explained()
    {
        ProgramResult list = NetWhyProgram.Run("explain", "--json");
        using var causes = JsonDocument.Parse(list.Output);
        string[] ids = [.. causes.RootElement.GetProperty("causes").EnumerateArray().Select(cause => cause.GetProperty("id").GetString()!)];
        Assert.Contains("path-mtu-black-hole", ids);
        string text = NetWhyProgram.Run("explain").Output;
        Assert.All(ids, id => Assert.Contains($"  {id} ", text, StringComparison.Ordinal));

        ProgramResult page = NetWhyProgram.Run("explain", "path-mtu-black-hole");
        Assert.Equal((0, ""), (page.ExitCode, page.Error));
        foreach (string section in new[] { "What it is", "How it shows", "How to confirm", "How to fix" })
            Assert.Contains($"\n{section}\n", page.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("layer:", page.Output, StringComparison.Ordinal);
    }

    private static void IsError(int exitCode, ProgramResult result)
    {
        Assert.Equal(exitCode, result.ExitCode);
        using var document = JsonDocument.Parse(result.Output);
        JsonElement error = document.RootElement;
        Assert.Equal(["schema", "version", "exitCode", "error"], error.EnumerateObject().Select(member => member.Name));
        Assert.Equal("netwhy.error/1", error.GetProperty("schema").GetString());
        Assert.Equal(exitCode, error.GetProperty("exitCode").GetInt32());
        Assert.Equal(result.Error, $"netwhy: {error.GetProperty("error").GetString()}\n");
    }

    // A tool says its name too.
    private static void IsRefusedByAny(int exitCode, string expected, ProgramResult result) => IsRefused(
        exitCode, expected, result with { Error = result.Error.Replace("netwhy ss: ", "netwhy: ", StringComparison.Ordinal).Replace("netwhy tcpdump: ", "netwhy: ", StringComparison.Ordinal) });

    private static void IsRefused(int exitCode, string expected, ProgramResult result)
    {
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("netwhy: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.Error.Count(char.IsControl)); // the line end
    }

    [Fact]
    public void A_small_window_holds_the_progress()
    {
        // A listener that never answers: there is time for progress to show. Lines that scroll could not be taken back.
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;

        string output = NetWhyProgram.Run(
            "script",
            ["-qec", $"stty rows 5 cols 20; '{NetWhyProgram.Path}' http://127.0.0.1:{port}/ --timeout 2 --save /dev/null >/dev/null", "/dev/null"],
            new() { ["TERM"] = "xterm", ["NO_COLOR"] = null }).Output;

        Assert.Matches("[0-9.]+ s, [0-9]+ of [0-9]", output);
        Assert.DoesNotContain('\n', output);
    }

    [Theory]
    [InlineData(80, 2)]
    [InlineData(30, 3)]
    [InlineData(20, 5)]
    [InlineData(1, 90)]
    public void Lines_take_more_rows_in_a_narrower_window(int columns, int expected) =>
        Assert.Equal(expected, Progress.RowsOf([30, 60], columns));

    private static string OnTerminal(string command, string rest)
    {
        // script(1) gives a program a terminal.
        string line = command.Replace("NETWHY", $"'{NetWhyProgram.Path}' {ClosedPort}", StringComparison.Ordinal) + rest;
        return NetWhyProgram.Run("script", ["-qec", line, "/dev/null"], new() { ["NO_COLOR"] = null }).Output;
    }

    // Bit N-1 of SigCgt in /proc/PID/status says that signal N is handled. Source: proc_pid_status(5).
    private static async Task WaitUntilItListensTo(Process process, string signal)
    {
        int number = signal switch { "HUP" => 1, "INT" => 2, _ => 15 };
        while (!process.HasExited)
        {
            string? caught = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(line => line.StartsWith("SigCgt:", StringComparison.Ordinal));
            if (caught is not null && (Convert.ToUInt64(caught["SigCgt:".Length..].Trim(), 16) >> (number - 1) & 1) != 0)
            {
                await Task.Delay(300, TestContext.Current.CancellationToken); // the runtime catches HUP and INT before we do
                return;
            }

            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
