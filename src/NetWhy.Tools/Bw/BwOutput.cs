using System.Globalization;
using System.Text;
using System.Text.Json;
using NetWhy.Evidence;
using NetWhy.Tools.Calc;

namespace NetWhy.Tools.Bw;

/// <summary>Writes what transfers showed.</summary>
internal static class BwOutput
{
    private const int PipeColumns = 100;

    // Upper bounds of what answer times grow by under load, in milliseconds, as bufferbloat tests grade them.
    private static readonly (double Most, string Grade)[] Grades = [(5, "A+"), (30, "A"), (60, "B"), (200, "C"), (400, "D"), (double.PositiveInfinity, "F")];

    /// <summary>Writes text.</summary>
    /// <param name="target">The host as it was typed.</param>
    /// <param name="trials">The transfers.</param>
    /// <param name="statements">What is to be said of them.</param>
    /// <param name="host">Where to.</param>
    /// <remarks>What statements rest on stands in the table already.</remarks>
    internal static void WriteText(string target, IReadOnlyList<TransferTrial> trials, IReadOnlyList<Statement> statements, IToolHost host)
    {
        int columns = host.Columns ?? int.MaxValue;
        var text = new StringBuilder();
        foreach (TransferTrial trial in trials)
        {
            text.Append(Text($"{trial.Direction} {(trial.Direction is "upload" ? "to" : "from")} {target}: {(trial.Elapsed > TimeSpan.Zero ? Rate(trial.Rate) : "not measured")}"))
                .Append(Text($", {Quantity.OfSize(trial.Octets)} in {trial.Elapsed.TotalSeconds:0.00} s{(trial.Streams > 1 ? Text($" by {trial.Streams} connections") : "")}{EndOf(trial)}\n"));
            foreach ((string left, string right) in Rows(trial))
            {
                string first = Text($"  {left,-14}  ");
                foreach (string line in WrappedText.Lines(first, new string(' ', first.Length), right, columns))
                    text.Append(line).Append('\n');
            }
        }

        text.Append('\n');
        foreach (StatementLine line in StatementOutput.Lines(statements.Select(statement => statement with { Proof = [] }), host.Columns ?? PipeColumns, host.HasUtf8, isWhole: true))
            text.Append(line.Text).Append('\n');
        host.Output.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>Writes JSON.</summary>
    /// <param name="target">The host as it was typed.</param>
    /// <param name="trials">The transfers.</param>
    /// <param name="statements">What is to be said of them.</param>
    /// <param name="output">Where to.</param>
    internal static void WriteJson(string target, IReadOnlyList<TransferTrial> trials, IReadOnlyList<Statement> statements, Stream output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.bw/1");
            json.WriteString("target", target);
            json.WriteStartArray("transfers");
            foreach (TransferTrial trial in trials)
            {
                json.WriteStartObject();
                json.WriteString("direction", trial.Direction);
                json.WriteNumber("bits_per_second", Math.Round(trial.Rate));
                if (trial.Omitted > TimeSpan.Zero)
                    json.WriteNumber("omitted_bits_per_second", Math.Round(8 * trial.OmittedOctets / trial.Omitted.TotalSeconds));
                if (GradeOf(trial) is { } grade)
                    json.WriteString("grade", grade);
                if (trial.Standstills.Count > 0)
                    Write(json, "moving_bits_per_second", trial.MovingRate);
                Write(json, "bandwidth_delay_product", Product(trial));
                Write(json, "window_ceiling_bits_per_second", trial.WindowCeiling);
                Write(json, "loss_ceiling_bits_per_second", trial.LossCeiling);
                json.WritePropertyName("observation");
                JsonSerializer.Serialize(json, trial, EvidenceJson.Default.Observation);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            StatementOutput.WriteJson(json, "statements", statements);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, Math.Round(number));
    }

    private static IEnumerable<(string Left, string Right)> Rows(TransferTrial trial)
    {
        if (trial.HasAccount)
        {
            yield return ("sender", Text($"waited for TCP {Percent(trial.SenderWaiting, trial.Sending)} of the time; window full {Percent(trial.ReceiveWindowLimited, trial.Busy)}, buffer too small {Percent(trial.SendBufferLimited, trial.Busy)}; {trial.Retransmits} of {trial.Segments} segments again ({100 * trial.Loss:0.###} %){(trial.CongestionControl is { } control ? $"; {control}" : "")}"));
        }

        if (trial.Receiving > TimeSpan.Zero)
            yield return ("receiver", Text($"waited for octets {Percent(trial.ReceiverWaiting, trial.Receiving)} of the time"));
        if (trial.IsAcknowledged)
            yield return ("receiver", "its own account did not come: octets are those that it acknowledged");
        if (trial.Omitted > TimeSpan.Zero)
            yield return ("before", Text($"{Rate(8 * trial.OmittedOctets / trial.Omitted.TotalSeconds)} in the first {trial.Omitted.TotalSeconds:0.##} s, not counted"));
        if (trial is { IdleRoundTrip: { } idle, LoadedRoundTrip: { } loaded })
            yield return ("answers", Text($"{Time(idle)} idle, {Time(loaded)} under load (grade {GradeOf(trial)}){(trial.LoadedRoundTripHigh is { } high ? Text($"; one in 20 takes {Time(high)} or more") : "")}"));
        if (trial.FlowRoundTrip > TimeSpan.Zero)
            yield return ("in the flow", Text($"{Time(trial.FlowRoundTrip)}, at least {Time(trial.MinRoundTrip)}"));
        if (trial.Responsiveness is { } responsiveness)
            yield return ("responsiveness", Text($"{(trial.IsResponsivenessBound ? "at most " : "")}{responsiveness:#,0} round trips a minute: {(responsiveness < 300 ? "poor" : responsiveness < 1000 ? "fair" : responsiveness < 6000 ? "good" : "excellent")}"));
        if (Product(trial) is { } product && product >= trial.SendMss)
            yield return ("in flight", Text($"{Quantity.OfSize(product)} fill the path at this rate{(trial.SendWindow > 0 ? Text($"; the window takes {Quantity.OfSize(trial.SendWindow)}") : "")}"));
    }

    private static string EndOf(TransferTrial trial) => trial.End switch
    {
        TransferEnd.Interrupted => " (interrupted)",
        TransferEnd.Closed => " (ended by the other side)",
        TransferEnd.Silent => " (then silence)",
        TransferEnd.Broken => " (ended by this machine)",
        _ => "",
    };

    private static double? Product(TransferTrial trial) =>
        trial.MinRoundTrip > TimeSpan.Zero ? Formulas.BandwidthDelay(trial.Rate, trial.MinRoundTrip.TotalSeconds) : null;

    private static string? GradeOf(TransferTrial trial) => trial.LoadedRoundTrip - trial.IdleRoundTrip is { } grown
        ? Grades.First(grade => grown.TotalMilliseconds < grade.Most).Grade
        : null;

    private static string Percent(TimeSpan part, TimeSpan whole) =>
        whole > TimeSpan.Zero ? Text($"{Math.Min(100, 100 * (part / whole)):0.#} %") : "0 %";

    private static string Time(TimeSpan time) => Text($"{time.TotalMilliseconds:0.##} ms");

    private static string Rate(double bits) => Quantity.OfRate(bits).Split(" (")[0];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
