namespace NetWhy.Diagnose.Paths;

/// <summary>Finds where along a path losses begin, from what each hop lost.</summary>
/// <remarks>
/// What is lost on a link is lost for every hop behind it, so losses rise in steps. The steps are those of the likeliest staircase of
/// binomial shares, where each step has to earn its place; a place is as wide as the places that are nearly as likely. All hops behind a
/// place count together, so that no single one decides that lost much or little by chance. Source: maximum likelihood of change points,
/// D. V. Hinkley, "Inference about the change-point in a sequence of binomial variables", Biometrika 57 (1970).
/// </remarks>
internal static class LossSteps
{
    private const double Own = 0.005; // share of answers that a hop on a clean way loses at most, and rarely
    private const double Worth = 5; // log-likelihood that a step has to bring
    private const double Doubt = 4.6; // log-likelihood below the best within which another place may be it as well: 1 in 100

    /// <summary>A step.</summary>
    /// <param name="Before">The last hop that is before it for certain; -1 for none, which is this machine.</param>
    /// <param name="Behind">The first hop that is behind it for certain.</param>
    /// <param name="Share">What is lost there of what comes so far.</param>
    internal readonly record struct Step(int Before, int Behind, double Share);

    /// <summary>The steps, in their order.</summary>
    /// <param name="counts">Lost and sent of each hop, in order.</param>
    internal static IReadOnlyList<Step> Of(IReadOnlyList<(int Lost, int Sent)> counts)
    {
        var losses = new Losses(counts);
        List<int> starts = Starts(losses);
        List<Step> steps = [];
        for (int i = 0; i < starts.Count; i++)
        {
            int from = i == 0 ? 0 : starts[i - 1], to = i + 1 < starts.Count ? starts[i + 1] : losses.Length;
            double best = Split(losses, from, starts[i], to, isClean: i == 0);
            int[] places = [.. Enumerable.Range(from, to - from).Where(place => (i == 0 || place > from) && Split(losses, from, place, to, isClean: i == 0) >= best - Doubt)];
            double before = i == 0 ? 0 : losses.Share(from, starts[i]);
            steps.Add(new Step(places[0] - 1, places[^1], (losses.Share(starts[i], to) - before) / Math.Max(1e-9, 1 - before)));
        }

        return steps;
    }

    private static double Split(Losses losses, int from, int place, int to, bool isClean)
    {
        bool rises = losses.Share(place, to) > (isClean ? Own : losses.Share(from, place));
        return rises ? (isClean ? losses.Likelihood(from, place, Own) : losses.Likelihood(from, place)) + losses.Likelihood(place, to) : double.NegativeInfinity;
    }

    // Where the groups of the likeliest staircase begin; the clean hops before the first one are none.
    private static List<int> Starts(Losses losses)
    {
        int n = losses.Length;
        double[,] score = new double[n, n + 1]; // of the hops before the end, where the last group has this begin and this end
        int[,] previous = new int[n, n + 1];
        for (int begin = 0; begin < n; begin++)
        {
            for (int end = begin + 1; end <= n; end++)
            {
                double share = losses.Share(begin, end), own = losses.Likelihood(begin, end) - Worth;
                (score[begin, end], previous[begin, end]) = (share > Own ? losses.Likelihood(0, begin, Own) + own : double.NegativeInfinity, -1);
                for (int sooner = 0; sooner < begin; sooner++)
                {
                    if (score[sooner, begin] + own > score[begin, end] && losses.Share(sooner, begin) < share)
                        (score[begin, end], previous[begin, end]) = (score[sooner, begin] + own, sooner);
                }
            }
        }

        int last = Enumerable.Range(0, n).MaxBy(begin => score[begin, n]);
        List<int> starts = [];
        if (n == 0 || score[last, n] <= losses.Likelihood(0, n, Own))
            return starts;
        for (int begin = last, end = n; begin >= 0; (begin, end) = (previous[begin, end], begin))
            starts.Insert(0, begin);
        return starts;
    }

    private sealed class Losses
    {
        private readonly long[] _lost;
        private readonly long[] _sent;

        internal Losses(IReadOnlyList<(int Lost, int Sent)> counts)
        {
            (_lost, _sent) = (new long[counts.Count + 1], new long[counts.Count + 1]);
            for (int i = 0; i < counts.Count; i++)
                (_lost[i + 1], _sent[i + 1]) = (_lost[i] + counts[i].Lost, _sent[i] + counts[i].Sent);
        }

        internal int Length => _lost.Length - 1;

        internal double Share(int begin, int end) => end == begin ? 0 : (double)(_lost[end] - _lost[begin]) / Math.Max(1, _sent[end] - _sent[begin]);

        internal double Likelihood(int begin, int end) => Likelihood(begin, end, Share(begin, end));

        internal double Likelihood(int begin, int end, double share)
        {
            long lost = _lost[end] - _lost[begin], answered = _sent[end] - _sent[begin] - lost;
            return (lost == 0 ? 0 : lost * Math.Log(share)) + (answered == 0 ? 0 : answered * Math.Log(1 - share));
        }
    }
}
