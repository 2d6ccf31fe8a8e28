using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Mtr;

/// <summary>A line for each probe and answer, as <c>mtr --raw</c> prints them.</summary>
internal static class MtrRaw
{
    private const int FirstNumber = 33000; // of mtr's probes
    private const int NumbersEnd = 65536;

    /// <summary>Prints what a run sends and receives.</summary>
    /// <param name="run">The run.</param>
    /// <param name="options">The command line.</param>
    /// <param name="names">Names of the hops.</param>
    /// <param name="host">Where to print.</param>
    internal static void Attach(RoundsRun run, MtrOptions options, HostNames names, IToolHost host)
    {
        int next = FirstNumber;
        int[] numbers = new int[NumbersEnd];
        HashSet<IPAddress> named = [];
        run.WhenSent = (hop, sequence) =>
        {
            numbers[sequence] = next;
            Print($"x {hop.Ttl - 1} {next}");
            next = next + 1 < NumbersEnd ? next + 1 : FirstNumber;
        };
        run.WhenAnswered = (hop, answer, isNew) =>
        {
            for (int i = 0; isNew && i < 2; i++) // mtr prints it twice
                Print($"h {hop.Ttl - 1} {answer.Node}");
            Print($"p {hop.Ttl - 1} {hop.Last} {numbers[answer.Sequence]}");
            if (!options.IsNumeric && names.Of(answer.Node) is { } name && named.Add(answer.Node))
                Print($"d {hop.Ttl - 1} {Printable.Of(name, isUtf8: true)}");
        };

        void Print(FormattableString line) =>
            host.Output.Write(Encoding.UTF8.GetBytes(line.ToString(CultureInfo.InvariantCulture) + "\n"));
    }
}
