using System.Text.RegularExpressions;
using NetWhy.Tests.App;
using NetWhy.Tests.Collect;
using Xunit;

namespace NetWhy.Tests.Tools.Ping;

/// <summary>What <c>netwhy ping</c> prints and exits with is what ping of iputils does, in the same namespace.</summary>
public sealed partial class PingAgainstPingTests : IClassFixture<PathNamespaces>
{
    private const string Original = "ping"; // by its name: it says that in front of what is wrong

    private static readonly string[] Replies =
    [
        "-c1 10.91.2.2", "-c1 server.test", "-c1 server", "-c1 four.test", "-n -c1 server.test", "-6 -c1 server.test", "-c1 six.test", "-4 -c1 10.91.2.2", "-c1 fd91:2::2",
        "-c2 -i.2 router.test", "-c1 localhost", "-c1 ::1", "-c1 0", "-c1 ::", "-c1 ff02::1%eth0", "-c1 -I eth0 ff02::1",
        "-I eth0 -c1 10.91.2.2", "-I 10.91.1.2 -c1 10.91.2.2", "-I fd91:1::2 -c1 fd91:2::2", "-I lo -c1 127.0.0.1", "-I lo -c1 ::1",
        "-R -c2 -i.2 10.91.2.2", "-R -c1 four.test", "-T tsonly -c1 10.91.2.2", "-T tsandaddr -c1 10.91.2.2", "-T tsprespec -c1 10.91.1.1 10.91.2.2",
        "-s 0 -c1 127.0.0.1", "-s 15 -c1 127.0.0.1", "-s 16 -c1 127.0.0.1", "-s 65507 -c1 127.0.0.1", "-Mdo -s1372 -c1 10.91.2.2", "-Mdont -s2000 -c1 10.91.2.2", "-Mwant -s2000 -c1 fd91:2::2",
        "-p ff00 -c1 127.0.0.1", "-p abc -c1 10.91.2.2", "-p '' -c1 10.91.2.2", "-q -p ab -c1 127.0.0.1", "-q -c2 -i.1 127.0.0.1", "-D -c2 -i.1 127.0.0.1", "-a -c1 127.0.0.1",
        "-f -c20 127.0.0.1", "-f -q -c20 10.91.2.2", "-A -c3 127.0.0.1", "-c2 -l2 10.91.2.2", "-B -c1 10.91.2.2", "-C -c1 10.91.2.2", "-U -c1 10.91.2.2", "-m 5 -c1 10.91.2.2",
        "-d -c1 10.91.2.2", "-r -c1 10.91.1.1", "-Q 0x10 -c1 10.91.2.2", "-Q 16 -c1 fd91:2::2", "-t 9 -c1 fd91:2::2", "-S 1000 -c1 127.0.0.1", "-w1 -i.4 10.91.2.2", "-w0 -c1 127.0.0.1", "-e 77 -c1 10.91.2.2",
        "-F 5 -c1 10.91.2.2",
    ];

    private static readonly string[] Errors =
    [
        "-c1 10.91.10.1", "-c2 -i.2 10.91.11.1", "-c1 10.91.12.1", "-c1 10.91.13.1", "-c1 10.91.14.1", "-c1 10.91.15.1", "-c1 10.91.16.1", "-D -c1 10.91.16.1", "-q -c1 10.91.16.1",
        "-c1 fd91:10::1", "-c1 fd91:11::1", "-c2 -i.2 fd91:13::1", "-c1 fd91:14::1", "-t1 -c1 10.91.2.2", "-t1 -c1 fd91:2::2", "-n -t1 -c2 -i.2 server.test", "-t1 -c1 four.test", "-f -c2 -t1 10.91.2.2",
        "-w2 -c5 -i.2 10.91.11.1", "-c1 -W.3 10.91.20.1", "-q -c2 -i.1 -W.3 fd91:20::1", "-O -c3 -i.2 -W.3 10.91.20.1", "-O -D -c2 -i.2 -W.3 10.91.20.1", "-w1 -c9 -i.3 10.91.20.1",
        "-c1 6.6.6.6", "-c1 6.6.6.7", "-c1 6.6.6.8", "-c1 10.91.1.255", "-b -c1 -W.3 10.91.1.255", "-c1 -W.3 224.0.0.1", "-c1 fe80::1%nosuch", "-c1 nosuch.test", "-c1 ''",
        "-4 -c1 six.test", "-6 -c1 four.test", "-4 -c1 ::1", "-6 -c1 127.0.0.1", "-I nosuch 127.0.0.1", "-I 1.2.3.4 -c1 127.0.0.1", "-I ::zz ::1", "-I eth0 -c1 -W.3 127.0.0.1", "-t 0 -c1 127.0.0.1", "-s 65508 -c1 127.0.0.1",
    ];

    private static readonly string[] WrongLines =
    [
        "-c abc 1.1.1.1", "-c0 127.0.0.1", "-c 99999999999999999999 127.0.0.1", "-c '' 127.0.0.1", "-s -1 127.0.0.1", "-t 256 127.0.0.1", "-M foo 127.0.0.1", "-Q 300 127.0.0.1", "-Q 0x1ff ::1", "-Q zz 127.0.0.1",
        "-p xyz 127.0.0.1", "-e 70000 127.0.0.1", "-l 70000 127.0.0.1", "-l 0 127.0.0.1", "-w x 127.0.0.1", "-W -1 127.0.0.1", "-i 99999999 127.0.0.1", "-m x 127.0.0.1", "-S 0 127.0.0.1", "",
        "-4 -6 127.0.0.1", "-T foo 127.0.0.1", "-R -T tsonly 127.0.0.1", "-F x ::1", "-F 1048576 ::1", "-F -1 ::1",
    ];

    private readonly PathNamespaces _way;

    public PingAgainstPingTests(PathNamespaces way)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/ping"), "iputils-ping is not installed");
        _way = way;
    }

    [Fact]
    public void Replies_look_as_pings_do() => Compare(Replies);

    [Fact]
    public void Errors_of_hosts_routers_and_this_machine_look_as_pings_do() => Compare(Errors);

    [Fact]
    public void Command_lines_that_make_no_sense_are_refused_as_ping_refuses_them() => Compare(WrongLines);

    [Fact]
    public void A_packet_that_is_too_big_tells_the_path_mtu_as_ping_does_and_what_fits()
    {
        foreach (string line in new[] { "-Mdo -s1472 -c2 -i.2 10.91.2.2", "-Mdo -s1452 -c2 -i.2 fd91:2::2", "-Mdo -s2000 -c1 10.91.1.1" })
        {
            (ProgramResult original, ProgramResult ours) = RunBoth(line);
            Assert.Equal(original.Output, ours.Output);
            string[] said = ours.Error.Split('\n');
            Assert.Equal(original.Error.TrimEnd('\n'), said[0]);
            Assert.Matches(line.Contains("1472", StringComparison.Ordinal) ? "path MTU to 10.91.2.2 is 1400: -s 1372 is" : "(path MTU to|this machine sends no more than 1500 octets whole to) .* -s 1(352|472) is", said[1]);
            Assert.Equal(original.ExitCode, ours.ExitCode);
        }
    }

    [Theory]
    [InlineData("-F LABEL -c1 fd91:2::2")]
    [InlineData("-F LABEL -Q 16 -c1 six.test")]
    [InlineData("-q -F LABEL -I eth0 -c1 fd91:2::2")]
    public void A_flow_label_is_shown_as_ping_shows_it_and_belongs_to_one_at_a_time(string line)
    {
        // The kernel keeps a label for some seconds after its owner: each run needs another one.
        int label = Random.Shared.Next(0x20000, 0xffffe);
        string With(int own) => line.Replace("LABEL", $"0x{own:x5}", StringComparison.Ordinal);
        (ProgramResult original, ProgramResult taken) = RunBoth(With(label));
        ProgramResult ours = Masked(PathNamespaces.Run(_way.Client, [NetWhyProgram.Path, "ping", .. With(label + 1).Split(' ')]));
        Assert.Equal((0, 2, "ping: can't set flowlabel: Operation not permitted\n"), (original.ExitCode, taken.ExitCode, taken.Error));
        Assert.Equal(original.Output, ours.Output.Replace($"0x{label + 1:x5}", $"0x{label:x5}", StringComparison.Ordinal));
    }

    [Fact]
    public void An_option_that_ping_has_not_is_refused_in_one_line()
    {
        (ProgramResult original, ProgramResult ours) = RunBoth("-z 127.0.0.1");
        Assert.Equal((2, 2), (original.ExitCode, ours.ExitCode));
        Assert.StartsWith(original.Error.Split('\n')[0], ours.Error, StringComparison.Ordinal);
        Assert.Equal(1, ours.Error.Count(letter => letter == '\n'));
    }

    [Fact]
    public void An_interval_with_garbage_does_not_flood()
    {
        ProgramResult ours = PathNamespaces.Run(_way.Client, NetWhyProgram.Path, "ping", "-i", "1x", "127.0.0.1");
        Assert.Equal((2, "", "ping: option argument contains garbage: 1x\n"), (ours.ExitCode, ours.Output, ours.Error));
    }

    private void Compare(string[] lines)
    {
        var wrong = new List<string>();
        foreach (string line in lines)
        {
            (ProgramResult original, ProgramResult ours) = RunBoth(line);
            if (original != ours)
                wrong.Add($"ping {line}\n--- original\n{original}\n--- ours\n{ours}");
        }

        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    private (ProgramResult Original, ProgramResult Ours) RunBoth(string line)
    {
        string[] words = [.. Words().Matches(line).Select(word => word.Value.Trim('\''))];
        ForgetPathMtu();
        ProgramResult original = Masked(PathNamespaces.Run(_way.Client, [Original, .. words]));
        ForgetPathMtu();
        return (original, Masked(PathNamespaces.Run(_way.Client, [NetWhyProgram.Path, "ping", .. words])));
    }

    private void ForgetPathMtu() =>
        AuditedNamespace.Shell(null, $"ip -n {_way.Client} route flush cache; ip -n {_way.Client} -6 route flush cache");

    // Times, also those that stations wrote behind their addresses, and how many requests were on the way at once, are the machine's.
    private static ProgramResult Masked(ProgramResult result) => result with
    {
        Output = StationStamps().Replace(Stamps().Replace(Numbers().Replace(Pipe().Replace(result.Output, ""), "$1#"), "# absolute"), "#"),
    };

    [GeneratedRegex(@"'[^']*'|\S+")]
    private static partial Regex Words();

    [GeneratedRegex(@"((?:time[ =]|mdev = |ewma |\[)(?=[\d.]))[\d./]+(?: ?ms)?")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"(?<=\t)\d+ absolute(?:\n\t\d+(?=\n))*")]
    private static partial Regex Stamps();

    [GeneratedRegex(@"(?<=\t[\d.]+\t)-?\d+(?=\n)")]
    private static partial Regex StationStamps();

    [GeneratedRegex(@", pipe \d+")]
    private static partial Regex Pipe();
}
