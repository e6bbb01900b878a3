# Writes adamw-steps.json: PyTorch, 20 AdamW steps of a small net with layer-wise rates, no decay of biases and norms.
import torch, json, math
torch.manual_seed(0)
def seq(n, k): return torch.tensor([math.sin(0.7*i + k)*0.5 for i in range(n)], dtype=torch.float64)
V,H,I,C,B=7,6,10,3,5
P={'tokens':(V,H),'up.weight':(I,H),'up.bias':(I,),'norm.weight':(I,),'norm.bias':(I,),'head.weight':(C,I),'head.bias':(C,)}
params={}
for k,(n,s) in enumerate(P.items()):
    t=seq(math.prod(s),k).reshape(s)
    if n=='norm.weight': t=t+1
    params[n]=t.clone().requires_grad_()
factor={'tokens':0.25,'up.weight':0.5,'up.bias':0.5,'norm.weight':0.5,'norm.bias':0.5,'head.weight':1,'head.bias':1}
plain=lambda n: n.endswith('.bias') or n.startswith('norm')
opt=torch.optim.AdamW([{'params':[t],'lr':0.01*factor[n],'weight_decay':0.0 if plain(n) else 0.1} for n,t in params.items()],betas=(0.9,0.999),eps=1e-8)
losses=[]
for step in range(20):
    ids=torch.tensor([(3*i+step)%V for i in range(B)]); y=torch.tensor([(i+2*step)%C for i in range(B)])
    lr=0.01*(1-step/20)
    for g,n in zip(opt.param_groups,params): g['lr']=lr*factor[n]
    x=params['tokens'][ids]
    h=torch.nn.functional.gelu(x@params['up.weight'].T+params['up.bias'])
    h=torch.nn.functional.layer_norm(h,(I,),params['norm.weight'],params['norm.bias'],1e-5)
    loss=torch.nn.functional.cross_entropy(h@params['head.weight'].T+params['head.bias'],y)
    opt.zero_grad(); loss.backward()
    torch.nn.utils.clip_grad_norm_(list(params.values()),1.0)
    opt.step(); losses.append(round(loss.item(),9))
print(json.dumps({'losses':losses,'weights':{n:[round(v,8) for v in t.detach().flatten().tolist()] for n,t in params.items()}}))
