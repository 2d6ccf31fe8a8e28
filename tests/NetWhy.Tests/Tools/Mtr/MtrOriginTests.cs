using System.Globalization;
using System.Text.RegularExpressions;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Mtr;

/// <summary>What <c>-z</c> and <c>-y</c> show, beside mtr, with a real resolver that knows the origin of some hops.</summary>
public sealed partial class MtrOriginTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netwhy-mtr-").FullName;
    private readonly ImpairedChain _chain = new();

    public MtrOriginTests()
    {
        string configuration = Path.Combine(_folder, "unbound.conf");
        File.WriteAllText(configuration, string.Create(CultureInfo.InvariantCulture, $"""
            server:
              interface: 127.0.0.1
              chroot: ""
              username: ""
              directory: "{_folder}"
              pidfile: "{_folder}/pid"
              use-syslog: no
              logfile: "{_folder}/log"
              local-zone: "." static
              local-data: '2.1.78.10.origin.asn.cymru.com. TXT "64496 | 10.78.1.0/24 | CH | ripencc | 2001-02-03"'
              local-data: '2.2.78.10.origin.asn.cymru.com. TXT "64497 64498 | 10.78.2.0/24 | US | arin | 1998-09-25"'
              local-data: '2.3.78.10.origin.asn.cymru.com. TXT "4200000001"'

            """));
        File.WriteAllText(Path.Combine(_folder, "resolv.conf"), "nameserver 127.0.0.1\n");
        _chain.Shell(0, $"unbound -c {configuration}");
    }

    public void Dispose()
    {
        _chain.Shell(0, $"kill $(cat {_folder}/pid)");
        _chain.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("-r -z")]
    [InlineData("-r -w -z")]
    [InlineData("-r -y 0")]
    [InlineData("-r -w -y 1")]
    [InlineData("-r -w -y 2")]
    [InlineData("-r -w -y 3")]
    [InlineData("-r -y 4")]
    [InlineData("-C -z")]
    [InlineData("-C -y 2")]
    [InlineData("-j -z")]
    public void The_column_is_that_of_mtr(string arguments)
    {
        string[] settings = [.. arguments.Split(' '), "-n", "-c", "2", "-i", "0.1", "-G", "1", "-o", "LSR", ImpairedChain.Target];
        string[] ours = Run([NetWhyProgram.Path, "mtr", .. settings]);
        string[] theirs = Run(["mtr", .. settings]);

        int count = arguments[1] is 'j' ? theirs.Length - 3 : theirs.Length; // what is said of the path stands behind the report
        Assert.True(count > 5, string.Join('\n', theirs));
        Assert.Equal(theirs.Take(count), ours.Where(line => !line.Contains("netwhy.mtr", StringComparison.Ordinal)).Take(count));
    }

    [Fact]
    public void Numbers_of_systems_are_shown_where_there_is_an_answer()
    {
        string[] lines = Run([NetWhyProgram.Path, "mtr", "-r", "-z", "-n", "-c", "1", ImpairedChain.Target]);

        Assert.Contains("  1. AS64496  10.78.1.2", lines[2], StringComparison.Ordinal);
        Assert.Contains("  4. AS???    10.78.4.2", lines[5], StringComparison.Ordinal);
    }

    private string[] Run(string[] command)
    {
        ProgramResult result = _chain.Run(["sh", "-c", $"mount --bind {_folder}/resolv.conf /etc/resolv.conf && exec \"$@\"", "sh", .. command]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return [.. result.Output.Split('\n').Select(line => Times().Replace(line, "TIME"))];
    }

    [GeneratedRegex(@"(?<=^Start: )\S+|(?<=^MTR\.0\.95,)\d+")]
    private static partial Regex Times();
}
