using System.Text.Json;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Mtr;

/// <summary>What netwhy mtr prints and concludes on real paths whose truth is known, beside mtr on the same path.</summary>
public sealed class MtrPathTests
{
    private const string DropsIcmp = "nft 'add table inet t; add chain inet t o { type filter hook output priority 0; }; add rule inet t o ip protocol icmp drop'";

    [Fact]
    public void The_report_is_that_of_mtr_on_the_same_path()
    {
        using var chain = new ImpairedChain();
        chain.Shell(3, DropsIcmp);
        string[] ours = Lines(chain.Mtr("-r", "-c", "4", "-i", "0.1", ImpairedChain.Target));
        string[] theirs = Lines(chain.Run("mtr", "-n", "-r", "-c", "4", "-i", "0.1", "-G", "1", ImpairedChain.Target));

        Assert.Equal(theirs.Length, ours.Length);
        Assert.Equal(theirs[0][..17], ours[0][..17]); // Start: and the day
        Assert.Equal(theirs[0][^5..], ours[0][^5..]); // the zone
        Assert.Equal(theirs[1], ours[1]);
        Assert.Equal(theirs[2..].Select(line => line[..46]), ours[2..].Select(line => line[..46])); // up to Snt
        Assert.Equal(theirs.Select(line => line.Length), ours.Select(line => line.Length));
    }

    [Fact]
    public void Json_and_csv_are_those_of_mtr_on_the_same_path()
    {
        using var chain = new ImpairedChain();
        chain.Shell(3, DropsIcmp);
        string[] settings = ["-n", "-c", "3", "-i", "0.1", "-G", "1", "-o", "LSRDNABWVGJMXI", ImpairedChain.Target];
        using var ours = JsonDocument.Parse(chain.Mtr(["-j", .. settings]).Output);
        using var theirs = JsonDocument.Parse(chain.Run(["mtr", "-j", .. settings]).Output);
        string[] ourCsv = chain.Mtr(["-C", .. settings]).Output.Split('\n');
        string[] theirCsv = chain.Run(["mtr", "-C", .. settings]).Output.Split('\n');

        Assert.Equal(theirs.RootElement.GetProperty("report").GetProperty("mtr").GetRawText(), ours.RootElement.GetProperty("report").GetProperty("mtr").GetRawText());
        JsonElement[] ourHops = [.. ours.RootElement.GetProperty("report").GetProperty("hubs").EnumerateArray()];
        JsonElement[] theirHops = [.. theirs.RootElement.GetProperty("report").GetProperty("hubs").EnumerateArray()];
        Assert.Equal(theirHops.Select(Names), ourHops.Select(Names));
        foreach (string member in (string[])["count", "host", "Loss%", "Snt", "Rcv", "Drop"])
            Assert.Equal(theirHops.Select(hop => hop.GetProperty(member).GetRawText()), ourHops.Select(hop => hop.GetProperty(member).GetRawText()));
        Assert.Equal(theirCsv[0], ourCsv[0]);
        Assert.Equal(theirCsv.Select(Hop), ourCsv.Select(Hop));

        static string Names(JsonElement hop) => string.Join(' ', hop.EnumerateObject().Select(member => member.Name));
        static string Hop(string line) => string.Join(',', line.Split(',').Where((_, i) => i is 0 or 2 or 3 or 4 or 5 or 6 or 7));
    }

    [Theory]
    [InlineData("loss=30%", "")]
    [InlineData("", "loss=30%")]
    public void Loss_on_the_way_there_or_back_is_placed(string there, string back)
    {
        using var chain = new ImpairedChain(there, back);
        chain.Shell(4, "sysctl -qw net.ipv4.icmp_ratelimit=1000"); // hop 4 loses most of its answers besides
        JsonElement[] said = Statements(chain, "-c", "120", "-i", "0.05");

        JsonElement loss = Assert.Single(said, one => Kind(one) is "destination-loss");
        Assert.Equal("packet-loss", loss.GetProperty("cause").GetString());
        Assert.Contains("between 10.78.2.2 (hop 2) and 10.78.3.2 (hop 3)", Text(loss), StringComparison.Ordinal);
        Assert.Contains(said, one => Kind(one) is "hop-reply-loss" && Text(one).Contains("10.78.4.2 (hop 4)", StringComparison.Ordinal));
    }

    [Fact]
    public void Limits_and_silence_of_routers_are_harmless()
    {
        using var chain = new ImpairedChain();
        chain.Shell(2, "sysctl -qw net.ipv4.icmp_ratelimit=1000");
        chain.Shell(3, DropsIcmp);
        JsonElement[] said = Statements(chain, "-c", "100", "-i", "0.1");

        Assert.DoesNotContain(said, one => one.GetProperty("severity").GetString() is not "note" && Kind(one) is not "queueing"); // a busy machine queues
        Assert.Contains("a limit of", Assert.Single(said, one => Kind(one) is "hop-reply-loss").GetProperty("proof")[0].GetString(), StringComparison.Ordinal);
        Assert.Contains("hop 3 never answers", Text(Assert.Single(said, one => Kind(one) is "silent-hops")), StringComparison.Ordinal);
        Assert.Contains(said, one => Kind(one) is "no-loss");
    }

    [Fact]
    public void Distance_and_queueing_are_found_where_they_begin()
    {
        using var chain = new ImpairedChain("delay=60ms,jitter=40ms", "delay=20ms");
        JsonElement[] said = Statements(chain, "-c", "60", "-i", "0.1");

        Assert.Contains("between 10.78.2.2 (hop 2) and 10.78.3.2 (hop 3)", Text(Assert.Single(said, one => Kind(one) is "queueing")), StringComparison.Ordinal);
        Assert.Contains("between 10.78.2.2 (hop 2) and 10.78.3.2 (hop 3)", Text(Assert.Single(said, one => Kind(one) is "latency-step")), StringComparison.Ordinal);
        Assert.DoesNotContain(said, one => Kind(one).Contains("loss", StringComparison.Ordinal) && Kind(one) is not "no-loss");
    }

    [Fact]
    public void A_loop_is_named()
    {
        using var chain = new ImpairedChain();
        chain.Shell(4, "ip route replace default via 10.78.4.1; ip route del 10.78.5.0/24; ip link set east down");
        JsonElement[] said = Statements(chain, "-c", "3", "-i", "0.2");

        JsonElement loop = Assert.Single(said, one => Kind(one) is "loop");
        Assert.Contains("10.78.3.2", Text(loop), StringComparison.Ordinal);
        Assert.Contains("10.78.4.2", Text(loop), StringComparison.Ordinal);
    }

    [Fact]
    public void A_destination_that_drops_echo_is_silent_and_no_loss_is_told()
    {
        using var chain = new ImpairedChain();
        chain.Shell(5, "sysctl -qw net.ipv4.icmp_echo_ignore_all=1");
        JsonElement[] said = Statements(chain, "-c", "12", "-i", "0.1", "-G", "1.5");

        Assert.Contains("10.78.4.2 (hop 4)", Text(Assert.Single(said, one => Kind(one) is "destination-silent")), StringComparison.Ordinal);
        Assert.DoesNotContain(said, one => Kind(one).Contains("loss", StringComparison.Ordinal));
        Assert.Contains(Statements(chain, "-u", "-c", "12", "-i", "0.1"), one => Kind(one) is "no-loss" or "few-losses");
    }

    [Fact]
    public void A_router_that_prohibits_is_named()
    {
        using var chain = new ImpairedChain();
        chain.Shell(4, "ip route add prohibit 10.78.5.2/32");
        JsonElement[] said = Statements(chain, "-c", "4", "-i", "0.2");

        Assert.Contains("10.78.4.2 (hop 4)", Text(Assert.Single(said, one => Kind(one) is "rejected")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_router_that_finds_no_such_neighbour_is_waited_for()
    {
        using var chain = new ImpairedChain();
        ProgramResult result = chain.Mtr("-j", "-c", "2", "-i", "0.5", "10.78.5.9");
        using var document = JsonDocument.Parse(result.Output);

        Assert.Contains("10.78.4.2 (hop 4) does not pass the probes on: it says \"host unreachable (ICMP 3/1)\"", document.RootElement.GetProperty("statements")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_way_that_changes_ends_the_watch_and_is_kept()
    {
        using var chain = new ImpairedChain();
        string file = Path.GetTempFileName();
        try
        {
            Task<ProgramResult> watch = Task.Run(() => chain.Mtr("--until-change", "--log", file, "-i", "0.1", ImpairedChain.Target), TestContext.Current.CancellationToken);
            await Task.Delay(4000, TestContext.Current.CancellationToken);
            chain.Shell(3, "ip addr del 10.78.3.2/24 dev west; ip addr add 10.78.3.9/24 dev west; for n in 1 2; do ip route replace 10.78.$n.0/24 via 10.78.3.1; done");
            chain.Shell(2, "ip route replace default via 10.78.3.9");
            ProgramResult result = await watch;

            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            Assert.Contains("hop 3 was 10.78.3.2, and is 10.78.3.9 since", result.Output, StringComparison.Ordinal);
            using var line = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
            Assert.Equal("route-change", line.RootElement.GetProperty("kind").GetString());
            Assert.Equal("10.78.3.2", line.RootElement.GetProperty("before")[2].GetProperty("host").GetString());
            Assert.Equal("10.78.3.9", line.RootElement.GetProperty("since")[2].GetProperty("host").GetString());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("nosuch.invalid", "mtr: Failed to resolve host: nosuch.invalid: ")]
    [InlineData("-6 10.78.5.2", "mtr: Failed to resolve host: 10.78.5.2: Address family for hostname not supported")]
    [InlineData("-I nosuch 10.78.5.2", "there is no interface 'nosuch'")]
    [InlineData("-a 192.0.2.7 10.78.5.2", "192.0.2.7 is no address of this machine")]
    [InlineData("fd99::1", "there is no route to fd99::1")]
    public void What_cannot_be_probed_is_said_in_one_line(string arguments, string expected)
    {
        using var chain = new ImpairedChain();
        ProgramResult result = chain.Mtr(["-r", "-c", "1", .. arguments.Split(' ')]);

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains(expected, Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-T")]
    [InlineData("-u")]
    [InlineData("-T --unprivileged")]
    [InlineData("-u --unprivileged")]
    public void Other_protocols_reach_a_destination_where_nobody_listens(string protocol)
    {
        using var chain = new ImpairedChain();
        string[] ours = Lines(chain.Mtr(["-r", "-c", "3", "-i", "0.3", .. protocol.Split(' '), ImpairedChain.Target]));

        Assert.Equal(7, ours.Length);
        Assert.StartsWith("  5.|-- 10.78.5.2                  0.0%     3", ours[6], StringComparison.Ordinal);
    }

    [Fact]
    public void Raw_lines_are_those_of_mtr()
    {
        using var chain = new ImpairedChain();
        string[] ours = Lines(chain.Mtr("-l", "-c", "2", "-i", "0.2", ImpairedChain.Target));
        string[] theirs = Lines(chain.Run("mtr", "-n", "-l", "-c", "2", "-i", "0.2", "-G", "1", ImpairedChain.Target));

        // mtr tries one hop more in its first round; times and numbers differ, and an answer may come late on a busy machine.
        Assert.Equal(
            theirs.Where(line => !line.StartsWith("x 5", StringComparison.Ordinal) && !line.StartsWith("h 5", StringComparison.Ordinal) && !line.StartsWith("p 5", StringComparison.Ordinal)).Select(Shape).Distinct().Order(),
            ours.Select(Shape).Distinct().Order());

        static string Shape(string line) => line.Split(' ') switch
        {
            ["h", ..] => line,
            [var kind, var hop, ..] parts => $"{kind} {hop} {parts.Length}",
            _ => line,
        };
    }

    [Fact]
    public async Task An_interface_that_goes_down_in_the_middle_is_said()
    {
        using var chain = new ImpairedChain();
        Task<ProgramResult> run = Task.Run(() => chain.Mtr("-r", "-c", "30", "-i", "0.2", ImpairedChain.Target), TestContext.Current.CancellationToken);
        await Task.Delay(3000, TestContext.Current.CancellationToken);
        chain.Shell(0, "ip link set east down");
        ProgramResult result = await run;

        Assert.Contains("probes could not be sent (Network is unreachable", result.Error, StringComparison.Ordinal);
        Assert.Contains(ImpairedChain.Target, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_privileges_the_path_is_seen_too()
    {
        using var chain = new ImpairedChain();
        chain.Shell(0, "sysctl -qw net.ipv4.ping_group_range='0 2147483647'");
        string[] ours = Lines(chain.Run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", NetWhyProgram.Path, "mtr", "-n", "-r", "-c", "3", "-i", "0.2", ImpairedChain.Target));

        Assert.Equal(7, ours.Length);
        Assert.Contains("5.|-- 10.78.5.2                  0.0%     3", ours[6], StringComparison.Ordinal);
    }

    private static string[] Lines(ProgramResult result)
    {
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return result.Output.TrimEnd('\n').Split('\n');
    }

    private static JsonElement[] Statements(ImpairedChain chain, params string[] arguments)
    {
        ProgramResult result = chain.Mtr(["-j", .. arguments, ImpairedChain.Target]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return [.. JsonDocument.Parse(result.Output).RootElement.GetProperty("statements").EnumerateArray()];
    }

    private static string Kind(JsonElement statement) => statement.GetProperty("kind").GetString()!;

    private static string Text(JsonElement statement) => statement.GetProperty("text").GetString()!;
}
