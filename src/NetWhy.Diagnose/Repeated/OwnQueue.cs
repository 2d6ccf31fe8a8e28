using System.Globalization;
using System.Net;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>Netwhy's own requests wait for each other, perhaps until their time is over: so few workers, who take so long for each, serve fewer a second than it asked.</summary>
/// <remarks>
/// What was asked one at a time afterwards tells what one takes alone. From that, and from when each came, follows how long they wait where
/// so many workers serve them in their order. In another order, as of an event loop that looks at kept connections first, others wait, and as
/// long on average. Source: L. Kleinrock, "Queueing Systems", volume 2 (1976), section 3.4, the conservation law. A server that waits for
/// something else, or one of several backends that is bad, lets the other requests pass as quickly as one alone.
/// </remarks>
/// <param name="Address">The address.</param>
/// <param name="Workers">How many serve at once.</param>
/// <param name="Service">How long one takes alone.</param>
/// <param name="Expected">How long those that were answered wait before so many workers, on average.</param>
/// <param name="Waited">How long they did.</param>
/// <param name="Status">The status that most failures have; null where most have none.</param>
internal sealed record OwnQueue(IPAddress Address, int Workers, TimeSpan Service, TimeSpan Expected, TimeSpan Waited, int? Status)
{
    private const int FewAlone = 2, Few = 3, Enough = 5;
    private const int MostWorkers = 8;
    private const double Felt = 2; // times what one takes alone
    private const double Undelayed = 1.5, MostUndelayed = 0.25;
    private const double Alike = 2; // times
    private const double Nearly = 0.8, MostOf = 0.6, AsLong = 0.9;

    /// <summary>In words.</summary>
    internal string InWords => $"one alone takes {ApplicationView.InWords(Service)}: before {(Workers == 1 ? "one worker" : $"{Workers} workers")} that {(Workers == 1 ? "takes" : "take")} so long for each, netwhy's own requests would wait {ApplicationView.InWords(Expected)} on average, and those that were answered waited {ApplicationView.InWords(Waited)}";

    /// <summary>How many are served a second, in words.</summary>
    internal string Rate => string.Create(CultureInfo.InvariantCulture, $"{Workers / Service.TotalSeconds:0.#}");

    /// <summary>Looks for it.</summary>
    /// <param name="reading">The requests.</param>
    /// <param name="address">Where.</param>
    internal static OwnQueue? Of(TimelineReading reading, IPAddress address)
    {
        (TriedRequest Request, RequestKind Kind)[] alone = [.. reading.AloneOf(address).SkipWhile(one => RequestKinds.IsOfPeer(one.Kind))]; // the first may still wait behind the others
        (TriedRequest Request, RequestKind Kind)[] here = [.. reading.AllAt(address).Where(one => one.Request.Stage is not ExchangeStage.NotConnected).OrderBy(one => TimelineReading.CameAt(one.Request))];
        int failed = reading.At(address).Failed, answered = here.Count(one => RequestKinds.IsAnswered(one.Kind));
        if (!reading.Timeline.IsHttp || reading.Timeline.Symptom is null || alone.Length < FewAlone || !alone.All(one => RequestKinds.IsAnswered(one.Kind))
            || answered < Enough || failed + here.Count(one => one.Kind is RequestKind.Slow) < Few)
        {
            return null;
        }

        double service = alone.Min(one => Took(one.Request));
        double[] took = [.. here.Where(one => RequestKinds.IsAnswered(one.Kind)).Select(one => Took(one.Request))];
        if (service <= 0 || took.Average() < service * Felt / Alike * Undelayed || took.Count(time => time <= service * Undelayed) > MostUndelayed * here.Length)
            return null;
        double waited = took.Average(), limit = reading.Timeline.Limit.TotalSeconds;
        (int Workers, double Expected)? best = null;
        for (int workers = 1; workers <= MostWorkers; workers++)
        {
            double[] queued = Queued([.. here.Select(one => TimelineReading.CameAt(one.Request))], service, workers);
            double expected = here.Zip(queued).Where(one => RequestKinds.IsAnswered(one.First.Kind)).Average(one => Math.Min(one.Second, limit));
            if (expected < Felt * service)
                break; // more of them make no queue

            // What fails is to fail since it waited for so long, and not at once: whoever is out of patience let no other wait longer.
            int fitting = here.Zip(queued).Count(one => RequestKinds.IsOfPeer(one.First.Kind) && Took(one.First.Request) is var lost && lost >= Math.Max(Felt * service, AsLong * took.Max()) && one.Second >= MostOf * lost);
            if (fitting >= Nearly * failed && expected <= waited * Alike && waited <= expected * Alike && (best is null || Unlike(expected) < Unlike(best.Value.Expected)))
                best = (workers, expected);
        }

        return best is not { } fit ? null
            : new OwnQueue(address, fit.Workers, TimeSpan.FromSeconds(service), TimeSpan.FromSeconds(fit.Expected), TimeSpan.FromSeconds(waited),
                here.Where(one => RequestKinds.IsOfPeer(one.Kind)).GroupBy(one => one.Request.Status).MaxBy(group => group.Count())?.Key);

        double Unlike(double expected) => Math.Abs(Math.Log(expected / waited));
    }

    // From its coming to the server to the answer, or to its end.
    private static double Took(TriedRequest request) => request.Wait is null
        ? (request.Total - (request.Connect ?? TimeSpan.Zero) - (request.Tls ?? TimeSpan.Zero)).TotalSeconds
        : TimelineReading.LeftAt(request) - TimelineReading.CameAt(request);

    // How long each takes that comes to so many workers, who serve them in their order; what nobody waits for any more is served as well.
    private static double[] Queued(double[] came, double service, int workers)
    {
        var free = new PriorityQueue<double, double>(Enumerable.Repeat((came[0], came[0]), workers));
        double[] queued = new double[came.Length];
        for (int i = 0; i < came.Length; i++)
        {
            double done = Math.Max(free.Dequeue(), came[i]) + service;
            free.Enqueue(done, done);
            queued[i] = done - came[i];
        }

        return queued;
    }
}
