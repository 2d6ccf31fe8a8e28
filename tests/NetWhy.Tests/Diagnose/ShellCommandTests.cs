using System.Net;
using NetWhy.Collect;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Rules;
using NetWhy.Lab;
using Xunit;

namespace NetWhy.Tests.Diagnose;

/// <summary>Commands to copy hold names and URLs that somebody else chose.</summary>
public sealed class ShellCommandTests
{
    // No space in it, so that it stays one word wherever it is put.
    private const string Marker = "$(gotcha)";
    private const string HostileName = "www.l'a;b&" + Marker + "`x`\\\"|>.test";

    private static readonly string Directory = Path.Combine(AppContext.BaseDirectory, "Cases", "verdicts");

    [Theory]
    [InlineData("www.example.test", "www.example.test")]
    [InlineData("http://a.test/x", "http://a.test/x")]
    [InlineData("http://a.test/?x=1&y=2", "'http://a.test/?x=1&y=2'")]
    [InlineData("it's", "'it'\\''s'")]
    [InlineData("[::1]:443", "'[::1]:443'")]
    [InlineData("a b", "'a b'")]
    [InlineData("$(id)", "'$(id)'")]
    [InlineData("a\nb", "'a\nb'")]
    [InlineData("", "''")]
    public void A_word_is_quoted_only_if_it_must_be(string text, string expected) =>
        Assert.Equal(expected, ShellCommand.Word(text));

    [Theory]
    [InlineData("nft delete rule inet filter output handle 4", "nft delete rule inet filter output handle 4")]
    [InlineData("nft insert rule ip f o oif \"lo\" meta l4proto { icmp, ipv6-icmp } accept", "nft insert rule ip f o oif lo meta l4proto { icmp, ipv6-icmp } accept")]
    [InlineData("iptables -D OUTPUT ! -s 10.0.0.0/8 -m comment --comment \"a \\\" $(id) `id`\" -j DROP", "iptables -D OUTPUT ! -s 10.0.0.0/8 -m comment --comment 'a \" $(id) `id`' -j DROP")]
    [InlineData("nft delete rule ip x;reboot y handle 2", "nft delete rule ip 'x;reboot' y handle 2")]
    [InlineData("a \"\"  \"b", "a '' b")]
    public void What_a_tool_prints_stays_the_words_that_it_means(string printed, string expected) =>
        Assert.Equal(expected, ShellCommand.Words(printed).ToString());

    [Fact]
    public void A_hole_is_quoted_by_where_it_stands()
    {
        const string Name = "it's $HOME";

        Assert.Equal("dig 'it'\\''s $HOME' A", Of($"dig {Name} A"));
        Assert.Equal("grep 'it'\\''s $HOME' /etc/hosts", Of($"grep '{Name}' /etc/hosts"));
        Assert.Equal("export no_proxy=\"$no_proxy,it's \\$HOME\"", Of($"export no_proxy=\"$no_proxy,{Name}\""));
        Assert.Equal("x \\' 'it'\\''s $HOME'", Of($"x \\' {Name}"));
        Assert.Equal("ip -6 route get 2001:db8::1", Of($"ip {ShellCommand.FamilyFlag(true)}route get {IPAddress.Parse("2001:db8::1")}"));
        Assert.Equal("ip route get 192.0.2.1", Of($"ip {ShellCommand.FamilyFlag(false)}route get {IPAddress.Parse("192.0.2.1")}"));
        Assert.Equal("ss 'sport = :443'", Of($"ss 'sport = :{443}'"));
        Assert.Equal("a -x 'b;c' d", Of($"a{ShellCommand.Of($" -x {"b;c"}")} d"));
    }

    [Fact]
    public void Each_update_of_a_zone_is_one_line()
    {
        Assert.Equal(
            "printf '%s\\n' 'update delete a.test A' 'update add a.test 300 A 192.0.2.1' send | nsupdate -l",
            Of(Fix.Update("delete a.test A", "add a.test 300 A 192.0.2.1")));
        Assert.Equal("old=$(mktemp) && cp '/x y' $old && sed '/it'\\''s/d' $old > '/x y'", Of(Fix.Edit("/x y", "/it's/d")));
    }

    /// <summary>The shell itself is asked what it makes of the words.</summary>
    [Fact]
    public void The_shell_reads_back_what_was_quoted()
    {
        ShellCommand command = ShellCommand.Of($"printf '%s|' {HostileName} '{HostileName}' \"{HostileName}\"");

        App.ProgramResult result = App.NetWhyProgram.Run("/bin/sh", ["-c", command.ToString()], []);

        Assert.Equal($"{HostileName}|{HostileName}|{HostileName}|", result.Output);
    }

    /// <summary>Every rule, over the evidence of every scenario, with names that a shell would run.</summary>
    [Fact]
    public void No_remedy_of_any_rule_runs_what_a_name_says()
    {
        string folder = System.IO.Directory.CreateTempSubdirectory("netwhy-test-").FullName;
        int commands = 0;
        int hostile = 0;
        List<string> unsafeTexts = [];
        try
        {
            foreach (string path in System.IO.Directory.EnumerateFiles(Directory, "*" + ScenarioTester.CaseSuffix))
            {
                string copy = Path.Combine(folder, Path.GetFileName(path));
                string inJson = System.Text.Json.JsonEncodedText.Encode(HostileName).ToString();
                File.WriteAllText(copy, File.ReadAllText(path)
                    .Replace("www.lab.test", inJson, StringComparison.Ordinal)
                    .Replace("api.lab.test", inJson, StringComparison.Ordinal)
                    .Replace("v4.lab.test", inJson, StringComparison.Ordinal)
                    .Replace("/login", "/" + inJson, StringComparison.Ordinal)
                    .Replace("\"issuerUrl\":null", $"\"issuerUrl\":\"http://e/{inJson}\"", StringComparison.Ordinal));
                KeptEvidence kept = EvidenceFile.Read(copy);
                Assert.Empty(kept.Remarks);
                foreach (Finding finding in RuleCatalog.All.SelectMany(rule => rule.Evaluate(kept.Evidence)))
                {
                    foreach (string command in finding.Remedies.Select(remedy => remedy.Command).OfType<string>())
                    {
                        commands++;
                        hostile += command.Contains("gotcha", StringComparison.Ordinal) ? 1 : 0;
                        if (RunsMarker(command) || HasPaddedWord(command))
                            unsafeTexts.Add($"{finding.Cause}: {command}");
                    }

                    // A sentence names the host as it is; a command within it must not.
                    foreach (string next in finding.Next.Where(next => next.Contains("dig ", StringComparison.Ordinal) && next.Contains("gotcha", StringComparison.Ordinal)))
                    {
                        if (!next.Contains("'www.l", StringComparison.Ordinal))
                            unsafeTexts.Add($"{finding.Cause}: {next}");
                    }
                }
            }
        }
        finally
        {
            System.IO.Directory.Delete(folder, recursive: true);
        }

        Assert.True(commands > 100 && hostile > 20, $"{commands} commands, {hostile} with the name: the walk sees too little");
        Assert.True(unsafeTexts.Count == 0, string.Join('\n', unsafeTexts.Distinct()));
    }

    [Theory]
    [InlineData("curl $(gotcha)", true)]
    [InlineData("curl \"$(gotcha)\"", true)]
    [InlineData("curl '$(gotcha)'", false)]
    [InlineData("curl 'it'\\''s $(gotcha)'", false)]
    [InlineData("curl \"it's $(gotcha)\"", true)]
    [InlineData("curl \"\\$(gotcha)\"", false)]
    public void The_walk_knows_what_a_shell_would_run(string command, bool runs) => Assert.Equal(runs, RunsMarker(command));

    private static string Of(ShellCommand command) => command.ToString();

    private static bool RunsMarker(string command)
    {
        char quote = '\0';
        for (int i = 0; i < command.Length; i++)
        {
            char letter = command[i];
            if (quote != '\'' && letter == '\\')
                i++;
            else if (quote != '\'' && letter == '$' && command.AsSpan(i).StartsWith(Marker, StringComparison.Ordinal))
                return true;
            else if (letter is '\'' or '"' && (quote == '\0' || quote == letter))
                quote = quote == '\0' ? letter : '\0';
        }

        return false;
    }

    // A piece of a command that was quoted by mistake: '-6 ' or ' -servername x'.
    private static bool HasPaddedWord(string command) =>
        command.Contains("'-6 '", StringComparison.Ordinal) || command.Contains("' -", StringComparison.Ordinal) && command.Contains("'' -", StringComparison.Ordinal)
        || command.Contains("' via", StringComparison.Ordinal) || command.Contains("' dev", StringComparison.Ordinal);
}
