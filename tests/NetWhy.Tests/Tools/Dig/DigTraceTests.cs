using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Dig;

/// <summary><c>+trace</c> and <c>+nssearch</c> in a hierarchy from the root on: as dig where dig gets on, by glue where it does not.</summary>
public sealed partial class DigTraceTests : IDisposable
{
    private const string Root = ". SOA a.root. h.root. 1 7200 3600 1209600 300\n. NS a.root.\na.root. A 127.0.0.21\ntest. NS ns.test.\nns.test. A 127.0.0.22\nlame. NS ns.lame.\nns.lame. A 127.0.0.24\n";
    private const string Top = "@ SOA ns hm 1 7200 3600 1209600 300\n@ NS ns\nns A 127.0.0.22\ndeep NS ns.deep\nns.deep A 127.0.0.23\n";
    private const string Zone = "@ SOA ns hm 7 7200 3600 1209600 300\n@ NS ns\nns A 127.0.0.23\nwww A 192.0.2.1\n";

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"netwhy-trace-{Environment.ProcessId}");
    private readonly string _folder;
    private readonly Process? _named;

    public DigTraceTests()
    {
        _folder = Path.Combine(Path.GetTempPath(), _name);
        Assert.SkipUnless(Environment.UserName == "root", "network namespaces need root");
        Assert.SkipUnless(File.Exists("/usr/bin/dig") && File.Exists("/usr/sbin/named"), "dig or named is not installed (bind9-dnsutils, bind9)");
        Directory.CreateDirectory(_folder);
        Directory.CreateDirectory($"/etc/netns/{_name}");
        File.WriteAllText($"/etc/netns/{_name}/resolv.conf", "nameserver 127.0.0.53\n");
        File.WriteAllText($"{_folder}/root.zone", $"$TTL 86400\n{Root}");
        File.WriteAllText($"{_folder}/test.zone", $"$TTL 3600\n{Top}");
        File.WriteAllText($"{_folder}/deep.zone", $"$TTL 300\n{Zone}");
        File.WriteAllText($"{_folder}/hints", ". 3600000 NS a.root.\na.root. 3600000 A 127.0.0.21\n");
        File.WriteAllText($"{_folder}/named.conf", $$"""
            options {
                directory "{{_folder}}"; pid-file none; session-keyfile none; dnssec-validation no; notify no;
                listen-on { 127.0.0.21; 127.0.0.22; 127.0.0.23; 127.0.0.24; 127.0.0.53; }; listen-on-v6 { none; };
            };
            view root { match-destinations { 127.0.0.21; }; recursion no; zone "." { type primary; file "root.zone"; }; };
            view test { match-destinations { 127.0.0.22; }; recursion no; zone "test" { type primary; file "test.zone"; }; };
            view deep { match-destinations { 127.0.0.23; }; recursion no; zone "deep.test" { type primary; file "deep.zone"; }; };
            view lame { match-destinations { 127.0.0.24; }; recursion no; };
            view resolver { match-destinations { 127.0.0.53; }; recursion yes; empty-zones-enable no; zone "." { type hint; file "hints"; }; };
            controls { };
            """);
        Run("ip", "netns", "add", _name);
        Run("ip", "-n", _name, "link", "set", "lo", "up");
        foreach (int last in (int[])[21, 22, 23, 24, 53])
            Run("ip", "-n", _name, "addr", "add", string.Create(CultureInfo.InvariantCulture, $"127.0.0.{last}/32"), "dev", "lo");
        _named = NetWhyProgram.Start("ip", ["netns", "exec", _name, "named", "-g", "-n", "1", "-c", $"{_folder}/named.conf"], []);
        _ = _named.StandardError.ReadToEndAsync(CancellationToken.None); // it writes its log there, and would wait for a reader
        for (int i = 0; i < 200 && !Inside("dig", "+short", "+time=1", "+tries=1", "www.deep.test").Output.StartsWith("192", StringComparison.Ordinal); i++)
            Assert.True(!_named.HasExited, "named does not start");
    }

    [Theory]
    [InlineData("+trace +nodnssec www.deep.test")]
    [InlineData("+trace www.deep.test A")]
    [InlineData("+trace +nodnssec nope.deep.test")]
    [InlineData("+trace +short www.deep.test")]
    [InlineData("+trace +nodnssec -x 192.0.2.1")]
    public void A_trace_that_dig_can_make_is_the_same(string line)
    {
        string[] words = line.Split(' ');
        Assert.Equal(Normalised(Inside(["dig", .. words])), Normalised(Inside([NetWhyProgram.Path, "dig", .. words])));
    }

    [Fact]
    public void A_lame_server_is_found_by_the_address_that_came_with_the_delegation()
    {
        // dig asks the resolver for the address, which cannot know it, and gives up.
        ProgramResult original = Inside("dig", "+trace", "+nodnssec", "www.lame");
        Assert.Contains("couldn't get address for 'ns.lame'", original.Error, StringComparison.Ordinal);
        ProgramResult ours = Inside(NetWhyProgram.Path, "dig", "+trace", "+nodnssec", "www.lame");
        Assert.Matches(@";; Received \d+ bytes from 127\.0\.0\.24#53\(ns\.lame\) in \d+ ms", ours.Output);
        Assert.Equal(0, ours.ExitCode);
    }

    [Fact]
    public void All_servers_of_all_zones_are_surveyed_and_the_lame_one_is_named()
    {
        ProgramResult ours = Inside(NetWhyProgram.Path, "dig", "+trace", "+nodnssec", "--all-servers", "www.lame");
        Assert.Contains("\n;; ZONE .: 1 of 1 addresses answer for it\n", ours.Output, StringComparison.Ordinal);
        Assert.Contains("\n;; ZONE lame., delegated by .: 0 of 1 addresses answer for it\n", ours.Output, StringComparison.Ordinal);
        Assert.Contains("\n;; The way to www.lame. ends here: no server of lame. answers for it.\n", ours.Output, StringComparison.Ordinal);
        Assert.Contains("  ns.lame. (127.0.0.24) is a server of lame. and refuses to answer (REFUSED)", ours.Output, StringComparison.Ordinal);
        ProgramResult healthy = Inside(NetWhyProgram.Path, "dig", "+trace", "+nodnssec", "--all-servers", "www.deep.test");
        Assert.Equal(3, ZoneLine().Count(healthy.Output));
        Assert.DoesNotContain(";;   error", healthy.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_server_of_a_zone_is_asked_for_its_start()
    {
        ProgramResult ours = Inside(NetWhyProgram.Path, "dig", "+nssearch", "deep.test");
        Assert.Equal((0, "SOA ns.deep.test. hm.deep.test. 7 7200 3600 1209600 300 from server 127.0.0.23 in N ms.\n"), (ours.ExitCode, Took().Replace(ours.Output, "in N ms")));
    }

    public void Dispose()
    {
        if (_named is null)
            return;
        _named.Kill(entireProcessTree: true);
        _named.WaitForExit();
        _named.Dispose();
        Run("ip", "netns", "delete", _name);
        Directory.Delete($"/etc/netns/{_name}", recursive: true);
        Directory.Delete(_folder, recursive: true);
    }

    private static ProgramResult Normalised(ProgramResult result)
    {
        string output = Took().Replace(Version().Replace(result.Output, "DiG VERSION"), "in N ms");
        // What the resolver remembers of the root grows from one question to the next.
        output = Resolved().Replace(output, "Received N bytes from 127.0.0.53#");
        return result with { Output = TimeToLive().Replace(output, ".\t\t\tTTL\tIN\tNS") };
    }

    private static void Run(string program, params string[] arguments) => Assert.Equal(0, NetWhyProgram.Run(program, arguments, []).ExitCode);

    private ProgramResult Inside(params string[] program) => NetWhyProgram.Run("ip", ["netns", "exec", _name, .. program], new() { ["HOME"] = _folder });

    [GeneratedRegex(@"^;; ZONE \S+( delegated by \S+)? 1 of 1 addresses answer for it$", RegexOptions.Multiline)]
    private static partial Regex ZoneLine();

    [GeneratedRegex(@"in \d+ ms")]
    private static partial Regex Took();

    [GeneratedRegex(@"Received \d+ bytes from 127\.0\.0\.53#")]
    private static partial Regex Resolved();

    [GeneratedRegex(@"DiG [0-9]\S+")]
    private static partial Regex Version();

    [GeneratedRegex(@"^\.\t\t\t\d+\tIN\tNS", RegexOptions.Multiline)]
    private static partial Regex TimeToLive();
}
