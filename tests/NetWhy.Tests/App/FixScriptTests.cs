using NetWhy.App.Render;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Audit;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.App;

/// <summary>The script of <c>netwhy host --fix</c>: read by sh, and run where nothing of this machine can change.</summary>
public sealed class FixScriptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netwhy-fix-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Looks_as_a_person_would_write_it() =>
        Snapshot.Matches("fix.sh.txt", FixScript.Of(SampleAudit.Troubled()).Replace(NetWhy.App.ProductVersion.Text, "VERSION", StringComparison.Ordinal));

    [Fact]
    public void Sh_accepts_it_whatever_is_in_it()
    {
        foreach (Diagnosis diagnosis in (Diagnosis[])[SampleAudit.Troubled(), SampleAudit.Hostile(), SampleAudit.Quiet()])
        {
            string script = FixScript.Of(diagnosis);

            Assert.Equal((0, ""), Outcome(NetWhyProgram.Run("sh", ["-n", Write(script)], [])));
            Assert.DoesNotContain(script.Split('\n'), line => line.Contains("reboot", StringComparison.Ordinal) && !line.StartsWith('#'));
            Assert.DoesNotContain(script.Split('\n'), line => line.StartsWith("reload", StringComparison.Ordinal));
        }

        Assert.Contains("tcp_sack 1", FixScript.Of(SampleAudit.Hostile()).Replace("net/ipv4/", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Says_that_there_is_nothing_to_change()
    {
        ProgramResult result = NetWhyProgram.Run("sh", [Write(FixScript.Of(SampleAudit.Quiet()))], []);

        Assert.Equal((0, "netwhy found no kernel setting to change here\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public void A_setting_is_changed_once_and_by_the_worst_signal()
    {
        string script = FixScript.Of(SampleAudit.Of(
            new Signal("a", Standing.Advice, "a", "1", "") { Remedies = [Remedy.Set("a", "net.ipv4.tcp_sack", "0")] },
            new Signal("b", Standing.Critical, "b", "1", "") { Remedies = [Remedy.Set("b", "net.ipv4.tcp_sack", "1")] }));

        Assert.Equal("set_kernel net.ipv4.tcp_sack net/ipv4/tcp_sack 1", Assert.Single(script.Split('\n'), line => line.StartsWith("set_kernel net", StringComparison.Ordinal)));
    }

    [Fact]
    public void It_changes_what_it_may_in_a_network_namespace_and_keeps_nothing_there()
    {
        SkipUnlessRoot();
        string script = Write(FixScript.Of(SampleAudit.Of(new Signal("x", Standing.Warning, "x", "1", "")
        {
            Remedies =
            [
                Remedy.Set("a", "net.ipv4.tcp_sack", "0"),
                Remedy.Set("b", "net.ipv4.ip_local_port_range", "20000 30000"),
                Remedy.Set("c", "net.core.rmem_max", "12345678"), // the first namespace's
                Remedy.Set("d", "net.core.no_such_thing", "1"),
                Remedy.Set("e", "net.ipv4.ip_local_port_range", "1 2"), // already changed above
                Remedy.Set("f", "net.ipv4.tcp_congestion_control", "no_such_control"),
            ],
        })));

        ProgramResult result = Run($"sh {script} && sh {script} && cat /proc/sys/net/ipv4/tcp_sack && ls /etc", isOwnNetwork: true);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("changed  net.ipv4.tcp_sack: 1 -> 0", result.Output, StringComparison.Ordinal);
        Assert.Contains("changed  net.ipv4.ip_local_port_range: 32768 60999 -> 20000 30000", result.Output, StringComparison.Ordinal);
        Assert.Contains("is so    net.ipv4.ip_local_port_range = 20000 30000", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n0\n", result.Output, StringComparison.Ordinal); // and /etc is empty
        Assert.Contains("skipped  net.core.rmem_max: only the first", result.Error, StringComparison.Ordinal);
        Assert.Contains("skipped  net.core.no_such_thing", result.Error, StringComparison.Ordinal);
        Assert.Contains("refused  net.ipv4.tcp_congestion_control", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void It_does_nothing_in_another_network_namespace()
    {
        SkipUnlessRoot();
        Diagnosis diagnosis = SampleAudit.Of(new Signal("x", Standing.Warning, "x", "1", "") { Remedies = [Remedy.Set("a", "net.ipv4.tcp_sack", "0")] });
        InvestigationStarted elsewhere = diagnosis.Investigation! with { Vantage = "web1 net:[1]" };
        string script = Write(FixScript.Of(diagnosis with { Evidence = new EvidenceSet(elsewhere) }));

        ProgramResult result = Run($"sh {script}", isOwnNetwork: true);

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("written for the network namespace net:[1]", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void It_keeps_one_line_for_each_setting()
    {
        SkipUnlessRoot();
        if (!File.Exists("/proc/sys/net/ipv4/tcp_mem"))
            Assert.Skip("this is not the first network namespace");
        string now = File.ReadAllText("/proc/sys/net/ipv4/tcp_sack").Trim(); // what is so already changes nothing
        string script = Write(FixScript.Of(SampleAudit.Of(new Signal("x", Standing.Warning, "x", "1", "") { Remedies = [Remedy.Set("a", "net.ipv4.tcp_sack", now)] })));

        ProgramResult result = Run(
            $"mkdir /etc/sysctl.d && printf '%s\\n' '# mine' 'net.ipv4.tcp_sack=7' ' net.ipv4.tcp_sack = 8' 'net.ipv4.tcp_sackless = 1' > /etc/sysctl.d/90-netwhy.conf && sh {script} && sh {script} && cat /etc/sysctl.d/90-netwhy.conf",
            isOwnNetwork: false);

        Assert.Equal((0, ""), Outcome(result));
        Assert.EndsWith($"# mine\nnet.ipv4.tcp_sackless = 1\nnet.ipv4.tcp_sack = {now}\n", result.Output, StringComparison.Ordinal);
    }

    private static void SkipUnlessRoot()
    {
        if (Environment.UserName != "root")
            Assert.Skip("namespaces need root");
    }

    // /etc is another one in there, and empty.
    private static ProgramResult Run(string command, bool isOwnNetwork) =>
        NetWhyProgram.Run("unshare", [isOwnNetwork ? "-mn" : "-m", "sh", "-c", $"mount -t tmpfs tmpfs /etc && {command}"], []);

    private static (int, string) Outcome(ProgramResult result) => (result.ExitCode, result.Error);

    private string Write(string script)
    {
        // The sample's network namespace stands for whichever the script is run in.
        string path = Path.Combine(_folder.FullName, "fix.sh");
        File.WriteAllText(path, script.Replace("!= 'net:[4026531840]'", "!= \"$(readlink /proc/self/ns/net)\"", StringComparison.Ordinal));
        return path;
    }
}
